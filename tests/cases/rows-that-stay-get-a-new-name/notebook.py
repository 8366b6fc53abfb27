# %%
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import classification_report
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler

# %% nbforge:data
rng = np.random.default_rng(9)
count = 400
df = pd.DataFrame({"tenure": rng.integers(0, 60, count), "monthly": rng.uniform(18, 110, count).round(2)})
df["total"] = [" " if months == 0 else str(round(months * fee, 2)) for months, fee in zip(df["tenure"], df["monthly"])]
df["left"] = np.where(rng.random(count) < 0.6 - df["tenure"] / 100, "Yes", "No")

# %%
df[df["total"] == " "].shape

# %%
df1 = df[df["total"] != " "]
df1 = df1.assign(total=pd.to_numeric(df1["total"]))

# %%
left_after = df1[df1["left"] == "Yes"]["tenure"]
left_after.mean()

# %%
columns = ["tenure", "monthly", "total"]
scaler = MinMaxScaler()
df2 = df1.copy()
df2[columns] = scaler.fit_transform(df2[columns])
X = df2.drop("left", axis="columns")
y = df2["left"].map({"Yes": 1, "No": 0})
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=5)

# %%
model = LogisticRegression()
model.fit(X_train, y_train)

# %% nbforge:predict
y_pred = []
for chance in model.predict_proba(X_test)[:, 1]:
    if chance > 0.5:
        y_pred.append(1)
    else:
        y_pred.append(0)

# %%
print(classification_report(y_test, y_pred))
