# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

# %% nbforge:data
rng = np.random.default_rng(3)
dataset = pd.DataFrame({"Age": rng.integers(18, 60, 200), "EstimatedSalary": rng.integers(15, 150, 200) * 1000.0})
dataset["Purchased"] = (dataset["Age"] * 2000 + dataset["EstimatedSalary"] > 155_000).astype(int)

X = dataset.iloc[:, [0, 1]].values
y = dataset.iloc[:, -1].values

# %%
from sklearn.model_selection import train_test_split

X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=0)

# %%
from sklearn.preprocessing import StandardScaler

sc = StandardScaler()
X_train = sc.fit_transform(X_train)
X_test = sc.transform(X_test)

# %%
from sklearn.svm import SVC

classifier = SVC(kernel="linear", random_state=0)
classifier.fit(X_train, y_train)

# %% nbforge:predict
y_pred = classifier.predict(X_test)

# %%
from sklearn.metrics import plot_confusion_matrix

plot_confusion_matrix(classifier, X_test, y_test)
plt.show()
