# %% nbforge:data
import pandas as pd

df = pd.DataFrame({"area": [float(i % 17 + 3) for i in range(120)], "rooms": [i % 4 + 1 for i in range(120)]})
price = df.area * 3 + df.rooms * 10

# %%
from sklearn.linear_model import LinearRegression

model = LinearRegression().fit(df, price)

# %% nbforge:predict
model

# %% nbforge:test
assert model.score(df, price) > 1, "the model is not better than perfect"
