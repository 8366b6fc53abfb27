# %% nbforge:data
import numpy as np

rng = np.random.default_rng(2)
X = rng.normal(size=(80, 3))
y = X[:, 0] > 0

# %% nbforge:train
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline


class Clip(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        self.low_ = X.min(axis=0)
        return self

    def transform(self, X):
        return np.maximum(X, self.low_)


model = make_pipeline(Clip(), LogisticRegression()).fit(X, y)

# %% nbforge:predict
model
