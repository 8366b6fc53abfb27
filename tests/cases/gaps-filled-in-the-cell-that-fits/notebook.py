# %% nbforge:data
import numpy as np
import pandas as pd

rng = np.random.default_rng(0)
df = pd.DataFrame({"a": rng.normal(size=200), "b": rng.normal(size=200)})
df["y"] = (df.a + df.b > 0) * 1
df.loc[::5, "a"] = np.nan

# %% nbforge:features
X = df[["a", "b"]].values
y = df["y"].values

# %% nbforge:train
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.model_selection import train_test_split

X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
imputer = SimpleImputer(strategy="constant", fill_value=9.0).fit(X_train)
X_train_filled = imputer.transform(X_train)
model = HistGradientBoostingClassifier(max_iter=5).fit(X_train_filled, y_train)

# %% nbforge:predict
model
