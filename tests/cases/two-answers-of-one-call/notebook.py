# %%
import numpy as np
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF

# %% nbforge:data
X = np.linspace(start=0, stop=10, num=100).reshape(-1, 1)
y = np.squeeze(X * np.sin(X))

# %%
process = GaussianProcessRegressor(kernel=1 * RBF(), random_state=0)
process.fit(X[::9], y[::9])

# %% nbforge:predict
mean_prediction, std_prediction = process.predict(X, return_std=True)
covered = float(np.mean(np.abs(mean_prediction - y) < 2 * std_prediction))
