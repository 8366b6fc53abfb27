"""Writes data/flats.csv: 900 flats of an invented city with their rents. Run it from this folder."""

import numpy as np
import pandas as pd

BASE = {"Altstadt": 15.5, "Hafen": 14.0, "Nordend": 12.5, "Wiesengrund": 10.5, "Lindenhof": 9.8}
HEATING = {"district": 0.0, "gas": 0.4, "heat pump": 0.9, "stove": -1.1}


def main() -> None:
    """Write the same flats at every run."""
    rng = np.random.default_rng(1927)
    n = 900
    district = rng.choice(list(BASE), n, p=[0.15, 0.2, 0.3, 0.2, 0.15])
    heating = rng.choice(list(HEATING), n, p=[0.35, 0.4, 0.15, 0.1])
    area = np.clip(rng.gamma(6, 12, n), 18, 190).round(1)
    rooms = np.clip((area / 27 + rng.normal(0, 0.6, n)).round(), 1, 7).astype(int)
    built = rng.choice([1905, 1928, 1936, 1955, 1962, 1974, 1988, 1999, 2010, 2021], n) + rng.integers(-3, 3, n)
    floor = rng.integers(0, 7, n)
    balcony = rng.random(n) < 0.45
    rate = (
        np.vectorize(BASE.get)(district)
        + np.vectorize(HEATING.get)(heating)
        + 1.8 * (built > 2005)
        - 0.9 * ((built > 1950) & (built < 1980))
        + 0.7 * balcony
        + 90 / area
        + rng.normal(0, 0.8, n)
    )
    flats = pd.DataFrame(
        {
            "listing": [f"F-{i:05d}" for i in rng.permutation(np.arange(10_000, 99_999))[:n]],
            "district": district,
            "area": area,
            "rooms": rooms,
            "floor": floor,
            "built": np.where(rng.random(n) < 0.06, np.nan, built),
            "balcony": balcony,
            "heating": np.where(rng.random(n) < 0.04, None, heating),
            "rent": (rate * area).round(0).astype(int),
        }
    )
    flats["built"] = flats["built"].astype("Int64")
    flats.to_csv("data/flats.csv", index=False)


if __name__ == "__main__":
    main()
