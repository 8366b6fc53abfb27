# %% nbforge:data
import numpy as np
import pandas as pd

rng = np.random.default_rng(3)
X = pd.DataFrame({"age": rng.normal(50, 20, 300), "visits": rng.normal(5, 2, 300)})
y = (X.age / 20 + X.visits > 7.5) * 1

# %%
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

X_train, X_test, y_train, y_test = train_test_split(X.values, y.values, random_state=0)
sc = StandardScaler()
X_train = sc.fit_transform(X_train)
X_test = sc.transform(X_test)

# %% nbforge:train
w = np.zeros(2)
b = 0.0
for i in range(300):
    p = 1 / (1 + np.exp(-(X_train @ w + b)))
    w -= 0.5 * X_train.T @ (p - y_train) / len(y_train)
    b -= 0.5 * (p - y_train).mean()


# %%
def predict(X):
    return ((X @ w + b) > 0).astype(int)


# %% nbforge:predict
y_pred = predict(X_test[:10])
print((y_pred == y_test[:10]).mean())
