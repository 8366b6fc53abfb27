# %%
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import train_test_split
from sklearn.utils import shuffle

# %% nbforge:data
rng = np.random.default_rng(11)
count = 300
sales = pd.DataFrame(
    {
        "sold": pd.Timestamp("2011-01-01") + pd.to_timedelta(rng.integers(0, 90, count), "D"),
        "hours": np.where(rng.random(count) < 0.2, np.nan, rng.integers(100, 9000, count)),
        "kind": rng.choice(["loader", "grader", "dozer"], count),
    }
)
sales["price"] = 30000 + 4000 * (sales["kind"] == "dozer") - sales["hours"].fillna(3000) + rng.normal(0, 500, count)

# %%
sales.sort_values("sold", ascending=True, inplace=True)
sales = sales.sort_values(["kind", "price"]).reset_index(drop=True)
sales = shuffle(sales, random_state=4)
sales.head()

# %% nbforge:features
data = sales.copy()
data["month"] = data.sold.dt.month
data.drop("sold", axis=1, inplace=True)
for label, content in data.items():
    if pd.api.types.is_numeric_dtype(content):
        if pd.isnull(content).sum():
            data[label + "_is_missing"] = pd.isnull(content)
            data[label] = content.fillna(content.median())
    else:
        data[label] = pd.Categorical(content).codes + 1

# %%
recent = data[data.month > 1]

# %% nbforge:train
X_train, X_valid, y_train, y_valid = train_test_split(
    recent.drop("price", axis=1), recent["price"], test_size=0.25, random_state=2
)
model = RandomForestRegressor(n_estimators=60, n_jobs=-1, random_state=42)
model.fit(X_train, y_train)

# %% nbforge:predict
preds = model.predict(X_valid)
print("Error:", np.abs(preds - y_valid).mean())
