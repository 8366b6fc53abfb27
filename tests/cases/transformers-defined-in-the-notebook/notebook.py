# %% nbforge:data
import numpy as np
import pandas as pd

rng = np.random.default_rng(4)
n = 200
X = pd.DataFrame({"income": rng.lognormal(8, 0.6, n).round(), "debt": rng.lognormal(6, 0.9, n).round(), "age": rng.integers(18, 80, n)})
y = np.where(X["debt"] / X["income"] > 0.25, "no", "yes")

# %%
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

CAP = 0.99


def ratio(frame, above, below):
    return frame[above] / frame[below]


class Ratio(BaseEstimator, TransformerMixin):
    """Adds ``above / below`` and cuts its tail where training had its."""

    def __init__(self, above="debt", below="income"):
        self.above = above
        self.below = below

    def fit(self, X, y=None):
        self.top_ = float(ratio(X, self.above, self.below).quantile(CAP))
        return self

    def transform(self, X):
        return X.assign(ratio=ratio(X, self.above, self.below).clip(upper=self.top_))


# %% nbforge:train
model = make_pipeline(Ratio(), FunctionTransformer(lambda frame: np.log1p(frame)), StandardScaler(), LogisticRegression(C=10))
model.fit(X, y)

# %% nbforge:test
assert model.score(X, y) > 0.9

# %% nbforge:predict
model
