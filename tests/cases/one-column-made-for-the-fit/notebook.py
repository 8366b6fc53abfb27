# %% nbforge:data
import numpy as np

n = 100
x = np.arange(n)
y = 2 * x + np.random.RandomState(0).randint(-5, 5, size=n)

# %% nbforge:predict
from sklearn.linear_model import LinearRegression

line = LinearRegression()
line.fit(x[:, np.newaxis], y)
