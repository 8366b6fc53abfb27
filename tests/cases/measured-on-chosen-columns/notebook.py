# %% nbforge:data
import numpy as np
import pandas as pd
from sklearn.datasets import load_wine
from sklearn.feature_selection import mutual_info_classif
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

wine = load_wine()
df_wine = pd.DataFrame(np.c_[wine.target, wine.data], columns=["label", *wine.feature_names])

# %%
X, y = df_wine.iloc[:, 1:].values, df_wine.iloc[:, 0].values
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=0, stratify=y)

# %%
scaler = StandardScaler()
X_train_std = scaler.fit_transform(X_train)
X_test_std = scaler.transform(X_test)

# %%
chosen = np.argsort(mutual_info_classif(X_train_std, y_train, random_state=0))[::-1][:3]
print(df_wine.columns[1:][chosen])

# %% nbforge:predict
knn = KNeighborsClassifier(n_neighbors=5)
knn.fit(X_train_std[:, chosen], y_train)
print("Training accuracy:", knn.score(X_train_std[:, chosen], y_train))
print("Test accuracy:", knn.score(X_test_std[:, chosen], y_test))
