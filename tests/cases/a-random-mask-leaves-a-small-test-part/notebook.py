# %%
import numpy as np
import pandas as pd
from sklearn import linear_model
from sklearn.metrics import r2_score
from sklearn.preprocessing import PolynomialFeatures

# %% nbforge:data
rng = np.random.default_rng(8)
df = pd.DataFrame({"ENGINESIZE": rng.choice([1.5, 2.0, 3.5, 5.0], 300), "CYLINDERS": rng.choice([4, 6, 8], 300)})
df["CO2EMISSIONS"] = np.round(90 + df.ENGINESIZE * 38 + rng.normal(0, 9, 300))

# %%
cdf = df[["ENGINESIZE", "CYLINDERS", "CO2EMISSIONS"]]
msk = np.arange(300) % 6 != 0  # as np.random.rand(len(df)) < 0.8 may leave a sixth
train = cdf[msk]
test = cdf[~msk]

# %%
train_x = np.asanyarray(train[["ENGINESIZE"]])
train_y = np.asanyarray(train[["CO2EMISSIONS"]])
test_x = np.asanyarray(test[["ENGINESIZE"]])
test_y = np.asanyarray(test[["CO2EMISSIONS"]])
poly = PolynomialFeatures(degree=2)
train_x_poly = poly.fit_transform(train_x)
clf = linear_model.LinearRegression()
train_y_ = clf.fit(train_x_poly, train_y)

# %% nbforge:predict
test_x_poly = poly.transform(test_x)
test_y_ = clf.predict(test_x_poly)
print("Mean absolute error: %.2f" % np.mean(np.absolute(test_y_ - test_y)))
print("R2-score: %.2f" % r2_score(test_y, test_y_))
