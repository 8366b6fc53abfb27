# %%
import pandas as pd
from sklearn.datasets import load_boston
from sklearn.linear_model import LinearRegression

# %% nbforge:data
df = pd.DataFrame({"area": [float(i) for i in range(60)]})

# %%
df.ix[0]

# %%
df["price"] = df["area"] * 3
df = df.append({"area": 61.0, "price": 183.0}, ignore_index=True)

# %%
model = LinearRegression().fit(df[["area"]], df["price"])

# %% nbforge:predict
model
