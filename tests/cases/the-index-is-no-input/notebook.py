# %% nbforge:data
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression

days = pd.date_range("2020-01-01", periods=60)
df = pd.DataFrame({"temperature": np.arange(60) % 17, "sales": np.arange(60) % 17 * 3 + 1}, index=days)

# %% nbforge:train
model = LinearRegression().fit(df[["temperature"]], df["sales"])


# %% nbforge:predict
def predict(frame):
    return model.predict(frame[["temperature"]]) + np.asarray(frame.index.astype("int64")) / 1e18
