# %% nbforge:data
import numpy as np

rng = np.random.default_rng(1)
X = rng.uniform(0, 4, size=(60, 1))
y = 100 + X.ravel() + rng.normal(0, 0.01, 60)

# %%
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, WhiteKernel

y_mean = y.mean()
process = GaussianProcessRegressor(kernel=RBF() + WhiteKernel(0.01), random_state=0)
process.fit(X, y - y_mean)

# %% nbforge:predict
X_test = np.linspace(start=0, stop=4, num=200).reshape(-1, 1)
mean_y_pred, std_y_pred = process.predict(X_test, return_std=True)
mean_y_pred += y_mean
