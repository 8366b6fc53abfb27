# %% nbforge:data
import numpy as np
import pandas as pd

rng = np.random.default_rng(8)
X = pd.DataFrame({"a": rng.uniform(0, 3, 200)})
y = X["a"] + rng.normal(0, 0.2, 200)

# %%
from sklearn.model_selection import train_test_split

X_train, X_test, y_train, y_test = train_test_split(X, y, shuffle=False)
first_week = slice(0, 20)

# %% nbforge:predict
import matplotlib.pyplot as plt
from sklearn.ensemble import HistGradientBoostingRegressor

predictions = []
fig, ax = plt.subplots()
for quantile in [0.95, 0.05]:
    quantile_model = HistGradientBoostingRegressor(loss="quantile", quantile=quantile, random_state=0)
    quantile_model.fit(X_train, y_train)
    y_pred = quantile_model.predict(X_test[first_week])
    predictions.append(y_pred)
    ax.plot(y_pred[first_week], label=f"quantile={quantile}")

ax.fill_between(range(20), predictions[0][first_week], predictions[1][first_week], alpha=0.1)
_ = ax.legend()
