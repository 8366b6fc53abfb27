# %% nbforge:data
import numpy as np
import pandas as pd

rng = np.random.default_rng(7)
df = pd.DataFrame({"area": rng.normal(80, 20, 160).round(1), "kind": rng.choice(["flat", "house", "loft"], 160)})
price = df["area"] * 3 + df["kind"].map({"flat": 0, "house": 50, "loft": 20})
df.loc[::9, "area"] = np.nan

# %% nbforge:features
df = df.dropna()
features = df[["area"]]
target = price[df.index]

# %% nbforge:train
from sklearn.linear_model import LinearRegression

model = LinearRegression().fit(features, target)

# %% nbforge:predict
model.predict(features)
