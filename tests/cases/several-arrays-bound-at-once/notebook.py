# %% nbforge:data
import numpy as np

rng = np.random.RandomState(0)

n_sample = 100
data = np.sort(rng.rand(n_sample) * 2.8 - 1.4)
noise = rng.randn(n_sample) * 0.3
target = data**3 - 0.5 * data**2 + 0 * noise

# %%
data = data.reshape((-1, 1))

# %%
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error

linear_regression = LinearRegression()
linear_regression.fit(data, target)

# %%
data_expanded = np.concatenate([data, data**2, data**3], axis=1)

# %% nbforge:predict
linear_regression.fit(data_expanded, target)
target_predicted = linear_regression.predict(data_expanded)
mse = mean_squared_error(target, target_predicted)
