# %%
import numpy as np
import pandas as pd

# %% nbforge:data
rng = np.random.default_rng(11)


def houses(count):
    made = pd.DataFrame({"zone": rng.choice(["north", "south", "east"], count), "area": rng.integers(40, 200, count)})
    made["garden"] = np.where(rng.random(count) < 0.15, np.nan, rng.integers(0, 900, count))
    made["heating"] = rng.choice(["gas", "oil", None], count, p=[0.6, 0.3, 0.1])
    made["plate"] = [f"P{number}" for number in rng.integers(1000, 9999, count)]
    return made


train = houses(300)
train["price"] = (train["area"] * 3000 + rng.normal(0, 20000, 300)).round()
test = houses(120)

# %%
train = train.drop(train[train["area"] > 195].index)

# %%
everything = pd.concat([train.drop("plate", axis=1), test.drop(columns="plate")], axis=0, ignore_index=True)
columns = ["area", "garden"]
everything[columns] = everything[columns].fillna(everything[columns].mean())

# %%
everything["garden"] = everything.groupby("zone")["garden"].transform(lambda x: x.clip(upper=x.quantile(0.95)))
everything["heating"] = everything["heating"].fillna(everything["heating"].mode()[0])
everything["share"] = everything["garden"] / everything["garden"].max()

# %%
columns = everything.select_dtypes("number").columns.drop("price")
everything[columns] = (everything[columns] - everything[columns].mean()) / everything[columns].std()

# %%
everything = pd.get_dummies(everything)
ntrain = train.shape[0]
X = everything[:ntrain].drop("price", axis=1)
y = np.log1p(train["price"])
rows = everything.iloc[ntrain:, :].drop("price", axis=1)

# %%
from sklearn.linear_model import Ridge

model = Ridge(alpha=2.0)
model.fit(X, y)

# %% nbforge:predict
price = np.expm1(model.predict(rows))
