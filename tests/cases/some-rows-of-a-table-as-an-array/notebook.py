# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.datasets import load_iris


class Adaline:
    """Learns weights by gradient descent."""

    def __init__(self, rate=0.01, rounds=30, random_state=1):
        self.rate, self.rounds, self.random_state = rate, rounds, random_state

    def fit(self, X, y):
        generator = np.random.RandomState(self.random_state)
        self.w_ = generator.normal(loc=0.0, scale=0.01, size=1 + X.shape[1])
        self.cost_ = []
        for _ in range(self.rounds):
            errors = y - self.net_input(X)
            self.w_[1:] += self.rate * X.T.dot(errors)
            self.w_[0] += self.rate * errors.sum()
            self.cost_.append((errors**2).sum() / 2.0)
        return self

    def net_input(self, X):
        return np.dot(X, self.w_[1:]) + self.w_[0]

    def predict(self, X):
        return np.where(self.net_input(X) >= 0.0, 1, -1)


# %% nbforge:data
iris = load_iris(as_frame=True)
df = iris.frame.assign(kind=iris.target_names[iris.target]).drop(columns="target")
df.tail()

# %%
y = df.iloc[0:100, 4].values
y = np.where(y == "setosa", -1, 1)
X = df.iloc[0:100, [0, 2]].values
plt.scatter(X[:50, 0], X[:50, 1])

# %%
X_std = np.copy(X)
X_std[:, 0] = (X[:, 0] - X[:, 0].mean()) / X[:, 0].std()
X_std[:, 1] = (X[:, 1] - X[:, 1].mean()) / X[:, 1].std()

# %% nbforge:predict
ada = Adaline()
ada.fit(X_std, y)
plt.plot(ada.cost_)
plt.show()
