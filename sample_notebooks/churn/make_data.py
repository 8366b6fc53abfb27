"""Writes data/customers.csv: 1,000 customers of an invented telephone company. Run it from this folder."""

import numpy as np
import pandas as pd


def main() -> None:
    """Write the same customers at every run."""
    rng = np.random.default_rng(1876)
    n = 1000
    contract = rng.choice(["monthly", "one year", "two years"], n, p=[0.55, 0.25, 0.2])
    payment = rng.choice(["card", "transfer", "invoice", "debit"], n)
    tenure = np.clip(rng.exponential(26, n), 0, 72).astype(int)
    charges = np.clip(rng.normal(64, 28, n), 18, 120).round(2)
    calls = rng.poisson(1.3, n)
    fibre = rng.random(n) < 0.4
    score = (
        1.3 * (contract == "monthly")
        - 0.7 * (contract == "two years")
        + 0.6 * (payment == "invoice")
        - 0.045 * tenure
        + 0.02 * (charges - 60)
        + 0.45 * calls
        + 0.5 * fibre
        - 1.4
    )
    left = rng.random(n) < 1 / (1 + np.exp(-1.6 * score))
    customers = pd.DataFrame(
        {
            "customer": rng.permutation(np.arange(700_000, 799_999))[:n],
            "contract": contract,
            "payment": payment,
            "tenure": tenure,
            "charges": np.where(rng.random(n) < 0.03, np.nan, charges),
            "support_calls": calls,
            "fibre": fibre,
            "left": np.where(left, "yes", "no"),
        }
    )
    customers.to_csv("data/customers.csv", index=False)


if __name__ == "__main__":
    main()
