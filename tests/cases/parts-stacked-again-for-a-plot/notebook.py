# %% nbforge:data
import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal([5.0, 90.0], [2.0, 20.0], size=(160, 2))
y = (X[:, 0] * 10 + X[:, 1] > 140) * 1

# %%
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=1)
sc = StandardScaler()
sc.fit(X_train)
X_train_std = sc.transform(X_train)
X_test_std = sc.transform(X_test)

# %%
X_combined_std = np.vstack((X_train_std, X_test_std))
y_combined = np.hstack((y_train, y_test))

# %% nbforge:predict
from sklearn.neighbors import KNeighborsClassifier

knn = KNeighborsClassifier(n_neighbors=5)
knn.fit(X_train_std, y_train)
plt.scatter(X_combined_std[:, 0], X_combined_std[:, 1], c=knn.predict(X_combined_std), marker="x")
plt.title(f"{len(y_combined)} points")
plt.show()
