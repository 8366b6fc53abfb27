# %%
import numpy as np
import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

# %% nbforge:data
rng = np.random.default_rng(42)
count = 500
districts = pd.DataFrame({"income": rng.lognormal(1.2, 0.5, count).round(3), "rooms": rng.integers(100, 6000, count)})
districts["households"] = np.where(rng.random(count) < 0.05, np.nan, rng.integers(40, 1500, count))
districts["value"] = (districts["income"] * 40000 + rng.normal(40000, 9000, count)).round()

# %%
districts["income_band"] = pd.cut(districts["income"], bins=[0.0, 2.0, 4.0, np.inf], labels=[1, 2, 3])
districts["income_band"].value_counts()

# %%
split = StratifiedShuffleSplit(n_splits=1, test_size=0.1, random_state=42)
for train_index, test_index in split.split(districts, districts["income_band"]):
    strat_train_set = districts.loc[train_index]
    strat_test_set = districts.loc[test_index]

# %%
for part in (strat_train_set, strat_test_set):
    part.drop("income_band", axis=1, inplace=True)

# %%
districts = strat_train_set.drop("value", axis=1)
labels = strat_train_set["value"].copy()

# %%
preparation = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
prepared = preparation.fit_transform(districts)
model = LinearRegression()
model.fit(prepared, labels)

# %% nbforge:predict
X_test = strat_test_set.drop("value", axis=1)
y_test = strat_test_set["value"].copy()

X_test_prepared = preparation.transform(X_test)
final_predictions = model.predict(X_test_prepared)

final_mse = mean_squared_error(y_test, final_predictions)
final_rmse = np.sqrt(final_mse)
