# %%
import numpy as np
import pandas as pd
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

# %% nbforge:data
rng = np.random.default_rng(1)
df = pd.DataFrame({"contract": rng.choice(["monthly", "yearly"], 300), "tenure": rng.integers(0, 70, 300)})
df["churn"] = ((df.contract == "monthly") & (df.tenure < 40)).astype(int)

# %%
df_full_train, df_test = train_test_split(df, test_size=0.2, random_state=1)
columns = ["contract", "tenure"]


# %%
def train(df, y, C=1.0):
    dv = DictVectorizer(sparse=False)
    X = dv.fit_transform(df[columns].to_dict(orient="records"))
    return dv, LogisticRegression(C=C, max_iter=1000).fit(X, y)


# %% nbforge:predict
def predict(df, dv, model):
    X = dv.transform(df[columns].to_dict(orient="records"))
    return model.predict_proba(X)[:, 1]


# %% nbforge:train
dv, model = train(df_full_train, df_full_train.churn.values, C=10.0)
y_pred = predict(df_test, dv, model)
