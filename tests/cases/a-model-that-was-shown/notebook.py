# %%
import numpy as np
import pandas as pd
import statsmodels.api as sm

# %% nbforge:data
rng = np.random.default_rng(2)
schools = pd.DataFrame(
    {"income": rng.normal(0, 1, 150), "pupils": rng.normal(20, 3, 150)},
    index=[f"school-no-{at:04d}" for at in range(150)],
)

# %%
above = rng.binomial(60, 1 / (1 + np.exp(-schools["income"])))
answers = pd.DataFrame({"above": above, "below": 60 - above}, index=schools.index)
model = sm.GLM(answers, schools, family=sm.families.Binomial())
result = model.fit()
print(result.summary())

# %%
result.resid_response.hist()

# %% nbforge:predict
result
