# %%
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import train_test_split

# %% nbforge:data
rng = np.random.default_rng(3)
count = 400
flats = pd.DataFrame({"rooms": rng.integers(1, 7, count), "area": rng.normal(80, 25, count).round(1)})
flats["floor"] = np.where(rng.random(count) < 0.1, np.nan, rng.integers(0, 12, count))
flats["rent"] = (flats["area"] * 14 + rng.normal(0, 60, count)).round()

# %%
flats = flats.dropna().reset_index(drop=True)

# %%
flats = flats.drop(flats[flats["area"] > 130].index).reset_index(drop=True)

# %%
flats.drop(flats[flats["area"] < 30].index, inplace=True)
flats.reset_index(drop=True, inplace=True)

# %%
flats["per_room"] = flats["area"] / flats["rooms"]
flats["per_room"] = flats["per_room"] / flats["per_room"].max()
X = flats.drop(columns="rent").values
y = flats["rent"].values

# %%
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=2)
model = RandomForestRegressor(n_estimators=20, random_state=0)
model.fit(X_train, y_train)

# %% nbforge:predict
model.predict(X_test[:5])
