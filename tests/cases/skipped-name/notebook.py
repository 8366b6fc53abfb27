# %% nbforge:data
import pandas as pd

df = pd.DataFrame({"area": [float(i % 17 + 3) for i in range(60)]})
price = df.area * 3

# %% skip
from sklearn.preprocessing import StandardScaler

scaler = StandardScaler().fit(df)

# %%
from sklearn.linear_model import LinearRegression

model = LinearRegression().fit(scaler.transform(df), price)

# %% nbforge:predict
model.predict(scaler.transform(df))
