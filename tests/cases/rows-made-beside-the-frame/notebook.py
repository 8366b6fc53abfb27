# %% nbforge:data
import numpy as np
import pandas as pd

rng = np.random.RandomState(42)
X = rng.uniform(-3, 3, size=200)
y = 2.4 * X + rng.normal(size=200)
df = pd.DataFrame({"X": X, "y": y})
df.plot.scatter(x="X", y="y")

# %%
from sklearn.linear_model import Ridge

X = X.reshape(-1, 1)
model = Ridge().fit(X, y)

# %% nbforge:predict
model
