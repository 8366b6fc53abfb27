# %%
import numpy as np
import pandas as pd
from statsmodels.tsa.arima.model import ARIMA

# %% nbforge:data
spots = pd.Series(np.cos(np.arange(120) / 3) * 40 + 50, index=pd.period_range("1900", periods=120, freq="Y"), name="spots")

# %%
results = {"now": ARIMA(spots[:100], order=(1, 0, 0)).fit()}

# %% nbforge:predict
coming = results["now"].forecast(steps=12)

# %% nbforge:train
results["now"] = ARIMA(spots, order=(1, 0, 0)).fit()
