# %% nbforge:data
import numpy as np
import pandas as pd

rng = np.random.default_rng(4)
test = pd.DataFrame({"a": rng.normal(size=80), "b": rng.normal(size=80)})

# %%
from sklearn.linear_model import LinearRegression

model = LinearRegression().fit(test, test["a"] * 4)
other = LinearRegression().fit(test, test["b"] * 8)

# %% nbforge:predict
first = model.predict(test)
second = other.predict(test)
blend = first * 0.75 + np.maximum(second, 0) * 0.25
np.savetxt("answers.csv", blend)
