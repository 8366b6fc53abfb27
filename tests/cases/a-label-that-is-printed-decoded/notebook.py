# %%
import numpy as np
import pandas as pd
from sklearn.datasets import load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder

# %% nbforge:data
wine = load_wine(as_frame=True)
df = wine.data[["alcohol", "malic_acid", "color_intensity"]].copy()
df["grower"] = wine.target.map({0: "barolo", 1: "grignolino", 2: "barbera"})

# %%
le = LabelEncoder()
df["grower"] = le.fit_transform(df["grower"])
X = df.drop("grower", axis=1)
y = df["grower"]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=42)

# %% nbforge:train
model = RandomForestClassifier(n_estimators=20, random_state=42)
model.fit(X_train, y_train)

# %% nbforge:predict
sample = pd.DataFrame([[13.2, 1.78, 5.0]], columns=X.columns)
prediction = model.predict(sample)
print("Code:", prediction[0])
print(f"This is {le.inverse_transform(prediction)[0]}, probability {model.predict_proba(sample).max():.2f}")
