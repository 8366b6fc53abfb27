# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

# %% nbforge:data
dataset = pd.DataFrame(
    {
        "Position": ["Analyst", "Junior", "Senior", "Manager", "Country", "Region", "Partner", "Senior Partner", "CFO", "CEO"],
        "Level": range(1, 11),
        "Salary": [45000, 50000, 60000, 80000, 110000, 150000, 200000, 300000, 500000, 1000000],
    }
)
X = dataset.iloc[:, 1:-1].values
y = dataset.iloc[:, -1].values

# %%
y = y.reshape(len(y), 1)

# %%
from sklearn.preprocessing import StandardScaler

sc_X = StandardScaler()
sc_y = StandardScaler()
X = sc_X.fit_transform(X)
y = sc_y.fit_transform(y)

# %% nbforge:train
from sklearn.svm import SVR

regressor = SVR(kernel="rbf")
regressor.fit(X, y.ravel())

# %% nbforge:predict
sc_y.inverse_transform(regressor.predict(sc_X.transform([[6.5]])).reshape(-1, 1))

# %%
plt.scatter(sc_X.inverse_transform(X), sc_y.inverse_transform(y), color="red")
plt.plot(sc_X.inverse_transform(X), sc_y.inverse_transform(regressor.predict(X).reshape(-1, 1)), color="blue")
