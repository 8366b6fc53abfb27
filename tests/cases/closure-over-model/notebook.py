# %% nbforge:data
import numpy as np
import pandas as pd

rng = np.random.default_rng(1)
houses = pd.DataFrame({"area": rng.uniform(30, 200, 120).round(1), "rooms": rng.integers(1, 7, 120), "note": "x"})

# %%
from sklearn.linear_model import LinearRegression

price = 3 * houses["area"] + 10 * houses["rooms"]

# %% nbforge:train
inner = LinearRegression().fit(houses[["area", "rooms"]], price)


def make(model, columns, currency):
    factor = {"EUR": 1.0, "SEK": 11.0}[currency]

    def predict(frame):
        return model.predict(frame[columns]) * factor

    return predict


quote = make(inner, ["area", "rooms"], "SEK")

# %%
# rebound after the closure was made: the closure keeps its own model
inner = None

# %% nbforge:predict
quote
