# %%
import numpy as np
import pandas as pd
from sklearn.preprocessing import MinMaxScaler

# %% nbforge:data
rng = np.random.default_rng(5)
df = pd.DataFrame({"area": rng.integers(600, 3800, 40), "bedrooms": rng.integers(1, 6, 40)})
df["price"] = df.area * 0.04 + df.bedrooms * 4.0

# %%
sx = MinMaxScaler()
sy = MinMaxScaler()
scaled_X = sx.fit_transform(df.drop("price", axis="columns").values)
scaled_y = sy.fit_transform(df["price"].values.reshape(-1, 1)).ravel()


# %% nbforge:train
def gradient_descent(X, y, epochs=3000, rate=0.3):
    w, b = np.ones(X.shape[1]), 0.0
    for _ in range(epochs):
        error = X @ w + b - y
        w = w - rate * 2 * X.T @ error / len(y)
        b = b - rate * 2 * error.mean()
    return w, b


w, b = gradient_descent(scaled_X, scaled_y)


# %% nbforge:predict
def predict(area, bedrooms, w, b):
    scaled = sx.transform([[area, bedrooms]])[0]
    price = w[0] * scaled[0] + w[1] * scaled[1] + b
    return sy.inverse_transform([[price]])[0][0]


predict(2600, 4, w, b)
