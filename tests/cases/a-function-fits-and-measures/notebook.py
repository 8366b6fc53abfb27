# %% nbforge:data
import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

rng = np.random.default_rng(8)
X = pd.DataFrame(rng.normal(size=(150, 2)), columns=["a", "b"])
y = np.where(X["a"] + X["b"] > 0, "high", "low")
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)


# %%
def fitted_score(model, train, test):
    model.fit(*train)
    return (model.predict(test[0]) == test[1]).mean()


# %%
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

line, tree = LogisticRegression(), DecisionTreeClassifier(max_depth=4, random_state=0)
scores = {}
scores["line"] = fitted_score(line, (X_train, y_train), (X_test, y_test))

# %% nbforge:predict
print("A tree:")
scores["tree"] = fitted_score(tree, (X_train, y_train), (X_test, y_test))
