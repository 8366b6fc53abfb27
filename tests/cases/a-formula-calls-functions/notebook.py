# %%
import numpy as np
import pandas as pd
import statsmodels.formula.api as smf

# %% nbforge:data
rng = np.random.default_rng(0)
flats = pd.DataFrame({"rooms": rng.integers(1, 6, 60), "metres": rng.uniform(20, 120, 60)})
flats["rent"] = 200 + 90 * flats.rooms**2 + 300 * np.log(flats.metres)


# %%
def squared(x):
    return x**2


fits = {}
for name, formula in {"plain": "rent ~ rooms", "full": "rent ~ squared(rooms) + np.log(metres)"}.items():
    fits[name] = smf.ols(formula, flats).fit()

# %% nbforge:predict
best = fits["full"]
print(best.summary())
best.predict(flats.head())
