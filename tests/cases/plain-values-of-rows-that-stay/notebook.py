# %% nbforge:data
import numpy as np
import pandas as pd

rng = np.random.default_rng(7)
trips = pd.DataFrame({"km": rng.gamma(2, 3, 300).round(2), "stored": rng.choice(["N", "Y"], 300)})
trips["minutes"] = (trips["km"] * 3 + (trips["stored"] == "Y") * 5 + rng.normal(0, 1, 300)).round(1)

# %%
trips = trips[trips.minutes < trips.minutes.quantile(0.98)]

# %% nbforge:features
trips["flag"] = 1 * (trips.stored.values == "Y")

# %%
from sklearn.linear_model import LinearRegression

X = trips.drop(columns=["stored", "minutes"])
model = LinearRegression().fit(X, trips["minutes"])

# %% nbforge:predict
model.predict(X)
