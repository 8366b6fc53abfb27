# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

# %% nbforge:data
rng = np.random.default_rng(8)
data = pd.DataFrame(rng.uniform(30, 100, (120, 2)).round(1), columns=["Exam 1", "Exam 2"])
data["Admitted"] = (data["Exam 1"] + data["Exam 2"] + rng.normal(0, 8, 120) > 125).astype(int)
data.head()

# %%
X = data.iloc[:, :-1].values / 100
y = data.iloc[:, -1].values
m = len(y)
plt.scatter(X[:, 0], X[:, 1], c=y)

# %%
ones = np.ones((m, 1))
X = np.hstack((ones, X))
theta = np.zeros(X.shape[1])


# %%
def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def cost(theta, X, y):
    h = sigmoid(X @ theta)
    return -np.mean(y * np.log(h) + (1 - y) * np.log(1 - h))


# %%
for _ in range(4000):
    theta = theta - 0.5 * X.T @ (sigmoid(X @ theta) - y) / m

# %%
cost(theta, X, y)

# %% nbforge:predict
chance = sigmoid(X @ theta)
predictions = (chance >= 0.5).astype(int)
accuracy = sum(predictions == y) / m
print("Train accuracy: {}".format(accuracy * 100))
