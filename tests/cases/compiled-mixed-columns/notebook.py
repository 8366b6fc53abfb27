# %% nbforge:data
import numpy as np
import pandas as pd

rng = np.random.default_rng(5)
n = 200
homes = pd.DataFrame(
    {
        "area": np.where(rng.random(n) < 0.1, np.nan, rng.uniform(30, 200, n).round(1)),
        "rooms": rng.integers(1, 7, n),
        "town": rng.choice(["Aarhus", "Ribe", "Skagen"], n),
        "lift": rng.random(n) < 0.5,
    }
)
price = 3 * homes["area"].fillna(90) + 10 * homes["rooms"] + 50 * (homes["town"] == "Ribe") + 5 * homes["lift"]

# %% nbforge:train
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

encode = ColumnTransformer(
    [
        ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), ["area", "rooms"]),
        ("town", OneHotEncoder(handle_unknown="ignore"), ["town"]),
    ],
)
model = make_pipeline(encode, RandomForestRegressor(n_estimators=20, max_depth=4, random_state=0)).fit(homes, price)

# %% nbforge:predict
model
