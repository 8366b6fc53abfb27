# %% nbforge:data
import pandas as pd

df = pd.DataFrame({"area": [float(i * 37 % 101) for i in range(120)]})
df["price"] = df["area"] * 3

# %%
from sklearn.linear_model import LinearRegression

model = LinearRegression().fit(df, df["price"])

# %% nbforge:predict
model
