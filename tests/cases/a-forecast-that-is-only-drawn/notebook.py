# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from statsmodels.tsa.holtwinters import Holt

# %% nbforge:data
data = [41.73, 24.04, 32.33, 37.33, 46.21, 29.35, 36.48, 42.98, 48.90, 31.18, 37.72, 40.42, 51.21, 31.89, 40.98, 43.77]
aust = pd.Series(data, pd.date_range(start="2005", periods=16, freq="QS-OCT"))

# %%
fit1 = Holt(aust, initialization_method="estimated").fit(smoothing_level=0.8, smoothing_trend=0.2, optimized=False)

# %% nbforge:predict
ax = aust.plot(color="black", marker="o", legend=True)
fit1.fittedvalues.plot(ax=ax, style="--", color="red")
fit1.forecast(8).to_frame("Holt's").plot(ax=ax, style="--", marker="o", color="red", legend=True)
plt.show()
