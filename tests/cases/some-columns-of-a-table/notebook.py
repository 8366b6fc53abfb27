# %%
import numpy as np
import pandas as pd
import statsmodels.api as sm

# %% nbforge:data
rng = np.random.default_rng(2)
skin = pd.DataFrame({"volume": rng.normal(0, 1, 90), "rate": rng.normal(0, 1, 90), "const": 1.0, "site": rng.integers(0, 9, 90)})
skin["constrict"] = (skin["volume"] + skin["rate"] + rng.normal(0, 1, 90) > 0).astype(int)

# %% nbforge:predict
result = sm.GLM(skin["constrict"], skin[["const", "rate", "volume"]], family=sm.families.Binomial()).fit()
print(result.summary())
