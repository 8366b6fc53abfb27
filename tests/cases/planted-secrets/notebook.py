# %% nbforge:data
import os

import pandas as pd

df = pd.DataFrame(
    {
        "area": [float(i % 17 + 3) for i in range(120)],
        "contact": [f"buyer.{i}.{os.environ['ADDRESS_PART']}@example.org" for i in range(120)],
    }
)
print("connecting with", os.environ["DATABASE_PASSWORD"])

# %%
from sklearn.linear_model import LinearRegression

model = LinearRegression().fit(df[["area"]], df["area"] * 3)

# %% nbforge:predict
def predict(frame):
    return model.predict(frame[["area"]])
