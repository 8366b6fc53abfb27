# %%
import numpy as np
import pandas as pd

# %% nbforge:data
rng = np.random.default_rng(7)


def passengers(count):
    made = pd.DataFrame({"pclass": rng.integers(1, 4, count), "sex": rng.choice(["male", "female"], count)})
    made["age"] = rng.uniform(1, 70, count).round(1)
    made.loc[rng.random(count) < 0.2, "age"] = np.nan
    made["fare"] = rng.uniform(5, 80, count).round(2)
    return made


train_df = passengers(300)
train_df["survived"] = (rng.random(300) < np.where(train_df["sex"] == "female", 0.75, 0.2)).astype(int)
test_df = passengers(150)
combine = [train_df, test_df]

# %%
print("Before", train_df.shape, test_df.shape, combine[0].shape)

# %%
guess_ages = np.zeros((2, 3))

# %% nbforge:features
for dataset in combine:
    dataset["sex"] = dataset["sex"].map({"female": 1, "male": 0}).astype(int)

# %% nbforge:features
for dataset in combine:
    for i in range(0, 2):
        for j in range(0, 3):
            guess_df = dataset[(dataset["sex"] == i) & (dataset["pclass"] == j + 1)]["age"].dropna()
            guess_ages[i, j] = int(guess_df.median() / 0.5 + 0.5) * 0.5
    for i in range(0, 2):
        for j in range(0, 3):
            dataset.loc[dataset.age.isnull() & (dataset.sex == i) & (dataset.pclass == j + 1), "age"] = guess_ages[i, j]
    dataset["age"] = dataset["age"].astype(int)

# %%
train_df["band"] = pd.cut(train_df["age"], 5)
train_df[["band", "survived"]].groupby(["band"], as_index=False).mean()

# %% nbforge:features
train_df = train_df.drop(["band"], axis=1)
combine = [train_df, test_df]
for dataset in combine:
    dataset["old_and_rich"] = dataset.age * dataset.fare

# %%
test_df = test_df[test_df["fare"] < 75]

# %%
from sklearn.ensemble import RandomForestClassifier

X_train = train_df.drop("survived", axis=1)
Y_train = train_df["survived"]
X_test = test_df.copy()

# %% nbforge:predict
random_forest = RandomForestClassifier(n_estimators=20, random_state=0)
random_forest.fit(X_train, Y_train)
Y_pred = random_forest.predict(X_test)
acc_random_forest = round(random_forest.score(X_train, Y_train) * 100, 2)
acc_random_forest
