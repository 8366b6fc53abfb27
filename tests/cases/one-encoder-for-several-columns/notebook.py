# %%
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder

# %% nbforge:data
rng = np.random.default_rng(13)


def orders(count):
    made = pd.DataFrame({"channel": rng.choice(["web", "shop"], count), "region": rng.choice(["N", "S", "W"], count)})
    made["amount"] = rng.uniform(5, 200, count).round(2)
    return made


train = orders(300)
train["returned"] = (rng.random(300) < np.where(train["channel"] == "web", 0.7, 0.1)).astype(int)
test = orders(150)

# %%
le = LabelEncoder()

# %%
train["channel"] = le.fit_transform(train["channel"])
test["channel"] = le.transform(test["channel"])

# %%
train["region"] = le.fit_transform(train["region"])
test["region"] = le.transform(test["region"])

# %%
X_train, X_dev, y_train, y_dev = train_test_split(train.drop("returned", axis=1), train["returned"], random_state=8)
model = RandomForestClassifier(n_estimators=20, random_state=8)
model.fit(X_train, y_train)
model.score(X_dev, y_dev)

# %% nbforge:predict
predictions = model.predict(test)
