# %%
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

# %% nbforge:data
rng = np.random.default_rng(5)
train = pd.DataFrame({"age": rng.integers(1, 80, 300), "fare": rng.uniform(5, 90, 300).round(2)})
train["survived"] = (train["fare"] + rng.normal(0, 20, 300) > 45).astype(int)
test = pd.DataFrame({"id": np.arange(120), "age": rng.integers(1, 80, 120), "fare": rng.uniform(5, 90, 120).round(2)})

# %%
model = LogisticRegression().fit(train[["age", "fare"]], train["survived"])

# %% nbforge:predict
answers = model.predict_proba(test[["age", "fare"]])
likely = answers > 0.5
answers = np.zeros(answers.shape)
answers[likely] = 1
test["survived"] = answers[:, 1].astype("int64")
written = test[["id", "survived"]]
written.to_csv("submission.csv", index=False)
