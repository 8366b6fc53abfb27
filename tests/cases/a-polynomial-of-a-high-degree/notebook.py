# %% nbforge:data
import numpy as np

np.random.seed(0)
X = np.sort(np.random.rand(30))
y = np.cos(1.5 * np.pi * X) + np.random.randn(30) * 0.1

# %% nbforge:train
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures

model = make_pipeline(PolynomialFeatures(15, include_bias=False), LinearRegression(tol=np.finfo(float).eps))
model.fit(X[:, np.newaxis], y)

# %% nbforge:predict
model
