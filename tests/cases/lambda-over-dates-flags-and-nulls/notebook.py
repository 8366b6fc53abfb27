# %% nbforge:data
import numpy as np
import pandas as pd

n = 150
rng = np.random.default_rng(2)
orders = pd.DataFrame(
    {
        "placed": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 360, n), unit="D"),
        "express": rng.random(n) < 0.3,
        "items": pd.array([None if i % 11 == 0 else int(rng.integers(1, 9)) for i in range(n)], dtype="Int64"),
    }
)

# %% nbforge:train
weekend_fee = 2.5
typical = int(orders["items"].median())

# %% nbforge:predict
fee = lambda frame: (
    np.where(frame["placed"].dt.dayofweek >= 5, weekend_fee, 0.0)
    + np.where(frame["express"], 10.0, 0.0)
    + frame["items"].fillna(typical).astype("float64") * 0.5
)
fee
