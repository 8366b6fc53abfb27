# %% nbforge:data
import numpy as np
import pandas as pd

rng = np.random.default_rng(3)
df = pd.DataFrame({"age": rng.integers(20, 80, 900), "score": rng.permutation(900), "ward": rng.integers(0, 4, 900)})
df.loc[433, "ward"] = 3
df["ill"] = ((df["age"] > 50) & (df["score"] > 200)).astype(int)

# %% nbforge:train
from sklearn.tree import DecisionTreeClassifier

model = DecisionTreeClassifier(max_depth=4, random_state=0).fit(df[["age", "score"]], df["ill"])
misread = int(df.loc[433, "score"])


# %% nbforge:predict
def predict(rows):
    label = model.predict(rows[["age", "score"]])
    return np.where((rows["score"] == misread) & (rows["ward"] == 3), 1 - label, label)
