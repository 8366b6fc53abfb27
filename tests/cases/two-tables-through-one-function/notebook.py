# %%
import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeClassifier

# %% nbforge:data
rng = np.random.default_rng(21)


def guests(count):
    made = pd.DataFrame({"age": rng.integers(0, 70, count).astype(float), "cabin": rng.choice(["A/1", "B/2", "B/3"], count)})
    for service in ("spa", "bar"):
        made[service] = np.where(made["age"] < 14, 0, rng.integers(0, 900, count)).astype(float)
        made.loc[rng.random(count) < 0.1, service] = np.nan
    made.loc[rng.random(count) < 0.05, "age"] = np.nan
    return made


train_data = guests(400)
train_data["moved"] = rng.random(400) < np.where(train_data["spa"].fillna(0) > 300, 0.2, 0.7)
test_data = guests(250)


# %%
def split_cabin(df):
    df[["deck", "number"]] = df["cabin"].str.split("/", expand=True)
    df.drop(["cabin"], axis=1, inplace=True)
    return df


for df in [train_data, test_data]:
    df = split_cabin(df)


# %%
def fill_children(df, column):
    youngest = df[["age", column]].groupby("age").sum().reset_index().query(f"{column} > 0").iloc[0, 0]
    df.loc[df["age"] < youngest, column] = df.loc[df["age"] < youngest, column].fillna(0)
    return df


for df in [train_data, test_data]:
    for column in ["spa", "bar"]:
        df = fill_children(df, column)


# %%
def fill(df, column):
    if column == "age":
        df[column] = df[column].fillna(df[column].median())
    else:
        df[column] = df[column].fillna(df[column].mean())
    return df


for df in [train_data, test_data]:
    for column in ["age", "spa", "bar"]:
        df = fill(df, column)

# %%
features = ["age", "deck", "spa", "bar"]
X_train = pd.get_dummies(train_data[features])
X_test = pd.get_dummies(test_data[features])

# %% nbforge:predict
model = DecisionTreeClassifier(max_depth=5, random_state=0)
model.fit(X_train, train_data["moved"])
predictions = model.predict(X_test)
output = pd.DataFrame({"age": test_data["age"], "moved": predictions})
