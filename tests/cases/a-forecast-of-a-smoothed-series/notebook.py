# %%
import numpy as np
import pandas as pd
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

# %% nbforge:data
spots = pd.Series(np.cos(np.arange(120) / 3) * 40 + 50, index=pd.period_range("1900", periods=120, freq="Y"), name="spots")
years = 9

# %%
result = ETSModel(spots, trend="add").fit(disp=False)

# %% nbforge:predict
coming = result.forecast(steps=years)
coming
