# %% nbforge:data
import numpy as np
import pandas as pd

rng = np.random.default_rng(8)
df = pd.DataFrame(rng.normal(size=(150, 2)), columns=["a", "b"])

# %%
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import train_test_split

X_train, X_test = train_test_split(df, random_state=0)
models = [LinearRegression().fit(X_train, X_train["a"] * 4), LinearRegression().fit(X_train, X_train["b"] * 2)]

# %% nbforge:predict
from sklearn.metrics import mean_squared_error

predictions = []
for model in models:
    answer = model.predict(X_test)
    predictions.append(answer)
    print(mean_squared_error(X_test["a"], answer))
blend = np.mean(predictions, axis=0)
print(mean_squared_error(X_test["a"], blend))
