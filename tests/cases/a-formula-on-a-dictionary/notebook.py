# %%
import numpy as np
from statsmodels.formula.api import ols

x1 = np.linspace(0, 20, 50)
y = 5 + 0.5 * x1 + 0.5 * np.sin(x1) - 0.02 * (x1 - 5) ** 2 + np.random.default_rng(0).normal(0, 0.25, 50)

# %% nbforge:train
data = {"x1": x1, "y": y}
res = ols("y ~ x1 + np.sin(x1) + I((x1-5)**2)", data=data).fit()

# %%
res.predict(exog=dict(x1=np.linspace(20.5, 25, 10)))

# %% nbforge:predict
res
