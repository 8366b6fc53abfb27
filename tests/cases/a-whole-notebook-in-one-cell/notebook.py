# %% nbforge:data nbforge:predict
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

rng = np.random.default_rng(4)
for name, count in (("train", 300), ("test", 90)):
    made = pd.DataFrame({"code": [f"{name}_{at}" for at in range(count)], "a": rng.normal(size=count), "b": rng.normal(2, 3, count)})
    if name == "train":
        made["target"] = (made.a + rng.normal(0, 0.5, count) > 0).astype(int)
    made.to_csv(f"{name}.csv", index=False)
train, test = pd.read_csv("train.csv"), pd.read_csv("test.csv")
features, folds, held, answers = [name for name in train.columns if name not in ("code", "target")], StratifiedKFold(3), np.zeros(len(train)), np.zeros(len(test))
for fold, (fitted, rest) in enumerate(folds.split(train.values, train["target"].values)):
    model = LogisticRegression().fit(train.iloc[fitted][features], train["target"].iloc[fitted])
    held[rest] = model.predict_proba(train.iloc[rest][features])[:, 1]
    answers += model.predict_proba(test[features])[:, 1] / folds.n_splits
print("held out:", ((held > 0.5) == train["target"]).mean())
pd.DataFrame({"code": test.code.values, "target": answers}).to_csv("answers.csv", index=False)
