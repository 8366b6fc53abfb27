# %%
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import train_test_split

# %% nbforge:data
rng = np.random.default_rng(3)
df = pd.DataFrame({"location": rng.choice(["Hebbal", "Indira Nagar", "Yelahanka"], 200), "total_sqft": rng.integers(600, 3000, 200), "bhk": rng.integers(1, 5, 200)})
df["price"] = df.total_sqft / 20 + 5 * df.bhk + df.location.map({"Hebbal": 10, "Indira Nagar": 60, "Yelahanka": 0})

# %%
dummies = pd.get_dummies(df.location, dtype=int)
df2 = pd.concat([df, dummies.drop("Yelahanka", axis="columns")], axis="columns")
X = df2.drop(["location", "price"], axis="columns")
y = df2.price

# %%
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=10)
lr_clf = LinearRegression()
lr_clf.fit(X_train.values, y_train)
lr_clf.score(X_test.values, y_test)


# %%
def predict_price(location, sqft, bhk):
    loc_index = np.where(X.columns == location)[0]
    x = np.zeros(len(X.columns))
    x[0] = sqft
    x[1] = bhk
    if len(loc_index) > 0:
        x[loc_index[0]] = 1
    return lr_clf.predict([x])[0]


# %% nbforge:predict
print(f"It costs {predict_price('Indira Nagar', 1000, 2):.1f}")
