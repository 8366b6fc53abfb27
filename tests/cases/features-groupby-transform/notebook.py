# %% nbforge:data
import numpy as np
import pandas as pd

rng = np.random.default_rng(7)
df = pd.DataFrame({"area": rng.normal(80, 20, 160).round(1), "kind": rng.choice(["flat", "house", "loft"], 160)})
price = df["area"] * 3 + df["kind"].map({"flat": 0, "house": 50, "loft": 20})
target = price

# %% nbforge:features
features = df[["area"]].copy()
features["usual"] = df.groupby("kind")["area"].transform("mean")

# %% nbforge:train
from sklearn.linear_model import LinearRegression

model = LinearRegression().fit(features, target)

# %% nbforge:predict
model.predict(features)
