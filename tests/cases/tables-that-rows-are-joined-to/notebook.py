# %% nbforge:data
import numpy as np
import pandas as pd

rng = np.random.default_rng(3)
COUNT = 120


def sales(count, first):
    made = pd.DataFrame({"id": np.arange(first, first + count), "store": rng.integers(1, 90, count)})
    made["day"] = [f"day {n}" for n in rng.integers(0, 7, count)]
    made["promo"] = rng.choice(["yes", "no"], count)
    return made


train = sales(400, 0)
train["amount"] = train["store"] * 3 + (train["promo"] == "yes") * 50 + rng.normal(0, 5, 400)
test = sales(COUNT, 400)
stores = pd.DataFrame({"store": np.arange(1, 91), "kind": rng.choice(["a", "b", "c"], 90), "size": rng.integers(1, 9, 90)})

# %% nbforge:features
stores["small"] = (stores["size"] < 4).astype(int)


def prepared(data, training=True):
    data = data.drop(["id"], axis=1)
    if training:
        data = data.drop(["amount"], axis=1)
    columns = list(data.columns)
    for name in columns[1:2]:
        data[name] = data[name].apply(lambda text: text.split(" ")[1]).astype(int)
    return data


y = train["amount"]
train = prepared(train).merge(stores, on="store", how="left")
test = prepared(test, training=False).merge(stores, on="store", how="left")

# %% nbforge:features
from sklearn.preprocessing import LabelEncoder

for col in ["kind"]:
    encoder = LabelEncoder()
    train[col] = encoder.fit_transform(train[col])
    test[col] = encoder.transform(test[col])
for col in train.columns:
    if train[col].dtype not in ("int64", "float64"):
        train[col] = (train[col] == "yes").astype(int)
        test[col] = (test[col] == "yes").astype(int)

# %%
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression

forest = RandomForestRegressor(n_estimators=10, random_state=0).fit(train, y)
line = LinearRegression().fit(train, y)

# %% nbforge:predict
by_forest = forest.predict(test)
by_line = line.predict(test)
mean = np.mean([by_forest, by_line], axis=0)
print("done")
