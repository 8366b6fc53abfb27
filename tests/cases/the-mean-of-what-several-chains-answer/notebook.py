# %% nbforge:data
import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

rng = np.random.default_rng(3)
X = pd.DataFrame(rng.normal(size=(120, 3)), columns=["a", "b", "c"])
Y = pd.DataFrame({"first": X["a"] > 0, "second": X["b"] + X["c"] > 0}).astype(str)
Y = Y == "True"
X_train, X_test, Y_train, Y_test = train_test_split(X, Y, test_size=0.25, random_state=0)

# %% nbforge:predict
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import jaccard_score
from sklearn.multioutput import ClassifierChain

chains = [ClassifierChain(LogisticRegression(), order="random", random_state=i) for i in range(4)]
for chain in chains:
    chain.fit(X_train, Y_train)

answers = np.array([chain.predict_proba(X_test) for chain in chains])
scores = [jaccard_score(Y_test, answer >= 0.5, average="samples") for answer in answers]

mean_answer = answers.mean(axis=0)
mean_score = jaccard_score(Y_test, mean_answer >= 0.5, average="samples")
