# %%
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder

# %% nbforge:data
rng = np.random.default_rng(5)


def customers(count):
    made = pd.DataFrame({"plan": rng.choice(["basic", "plus", "pro"], count), "months": rng.integers(1, 60, count)})
    made["spent"] = np.where(rng.random(count) < 0.2, np.nan, rng.uniform(5, 90, count).round(2))
    return made


train_df = customers(400)
train_df["left"] = (rng.random(400) < np.where(train_df["plan"] == "basic", 0.6, 0.2)).astype(int)
test_df = customers(300)
combine = [train_df, test_df]

# %%
encoder = LabelEncoder()
for dataset in combine:
    dataset["spent"] = dataset["spent"].fillna(test_df["spent"].median())
    dataset["per_month"] = dataset["spent"] / dataset["months"]
    dataset["plan"] = encoder.fit_transform(dataset["plan"])

# %%
train_df.describe()

# %%
X_train, X_test, y_train, y_test = train_test_split(
    train_df.drop("left", axis=1), train_df["left"], test_size=0.25, random_state=1
)
model = LogisticRegression(max_iter=1000)
model.fit(X_train, y_train)

# %% nbforge:predict
y_pred = model.predict(X_test)
accuracy = (y_pred == y_test).mean()
print(accuracy)

# %%
test_df["left"] = model.predict(test_df)
