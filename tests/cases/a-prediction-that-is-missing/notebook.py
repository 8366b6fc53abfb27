# %%
import numpy as np
import pandas as pd
import statsmodels.formula.api as smf

# %% nbforge:data
rng = np.random.default_rng(3)
people = pd.DataFrame({"age": rng.integers(18, 89, 200).astype(float), "schooling": rng.integers(8, 20, 200)})
people["income"] = 900 * people["schooling"] + 60 * people["age"] + rng.normal(0, 500, 200)
people.loc[rng.choice(200, 12, replace=False), "age"] = np.nan

# %% nbforge:features
people["age2"] = people["age"] ** 2

# %% nbforge:train
results = smf.ols("income ~ age + age2 + schooling", data=people).fit()

# %%
grid = pd.DataFrame({"age": np.linspace(18, 89)})
grid["age2"] = grid["age"] ** 2
grid["schooling"] = 12

# %% nbforge:predict
predicted = results.predict(grid)
