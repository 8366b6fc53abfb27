# %% nbforge:data
import numpy as np
import pandas as pd

rng = np.random.default_rng(6)
table = pd.DataFrame(rng.normal(size=(100, 3)).round(3))
goals = np.c_[table[0] + 2 * table[1], table[1] - table[2]]

# %% nbforge:train
from sklearn.linear_model import LinearRegression

model = LinearRegression().fit(table, goals)

# %% nbforge:predict
model
