# %% nbforge:data
import numpy as np
import pandas as pd

rng = np.random.default_rng(3)
n = 240
df = pd.DataFrame({
    "Pclass": rng.integers(1, 4, n),
    "Sex": rng.choice(["male", "female"], n),
    "Age": rng.normal(30, 12, n).clip(1, 80).round(),
    "SibSp": rng.integers(0, 4, n),
    "Fare": rng.gamma(2.0, 15.0, n).round(2),
    "Embarked": rng.choice(["S", "C", "Q"], n, p=[0.6, 0.3, 0.1]),
    "Title": rng.choice(["Mr", "Mrs", "Miss", "Dr", "Rev"], n, p=[0.5, 0.2, 0.24, 0.03, 0.03]),
})
df["Survived"] = ((df["Sex"] == "female") * 1.5 - df["Pclass"] * 0.3 + rng.normal(size=n) > 0).astype(int)
df.loc[::6, "Age"] = np.nan
df.loc[[4, 100], "Embarked"] = np.nan

# %%
df.describe()

# %% nbforge:features
from scipy.stats import zscore
from sklearn.preprocessing import LabelEncoder, minmax_scale

df["Embarked"] = df["Embarked"].fillna(df["Embarked"].mode()[0])
rare = df["Title"].value_counts()
rare = rare[rare < 20].index
df["Title"] = df["Title"].replace(list(rare), "Rare")
df["Age"] = df.groupby(["Sex", "Pclass"])["Age"].transform(lambda ages: ages.fillna(ages.median()))
df["Fare"] = df["Fare"].clip(upper=df["Fare"].quantile(0.99))
df["FareBand"] = pd.qcut(df["Fare"], 4, labels=False)
df["AgeBand"] = pd.cut(df["Age"], 5, labels=False)
df["ClassFare"] = df.groupby("Pclass")["Fare"].transform("mean")
df["FareShare"] = df["Fare"] / df["ClassFare"]
df["TitleCount"] = df["Title"].map(df["Title"].value_counts())
df["Rank"] = df["Fare"].rank(pct=True)
df["FareScore"] = zscore(df["Fare"])
df["AgeScaled"] = minmax_scale(df["Age"])
for column in ["Sex", "Title"]:
    df[column] = LabelEncoder().fit_transform(df[column])
df = pd.get_dummies(df, columns=["Embarked"], drop_first=True, dtype=int)
features = df.drop(columns="Survived")
features = features.drop(columns=[c for c in features if features[c].nunique() < 2])

# %% nbforge:train
from sklearn.linear_model import LogisticRegression

model = LogisticRegression(max_iter=5000).fit(features, df["Survived"])

# %% nbforge:predict
model.predict(features)
