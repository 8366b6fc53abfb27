# %%
import numpy as np
from sklearn.datasets import load_iris

# %% nbforge:data
iris_dataset = load_iris()
print("Keys of iris_dataset:\n", iris_dataset.keys())

# %%
from sklearn.model_selection import train_test_split

X_train, X_test, y_train, y_test = train_test_split(iris_dataset["data"], iris_dataset["target"], random_state=0)

# %% nbforge:train
from sklearn.neighbors import KNeighborsClassifier

knn = KNeighborsClassifier(n_neighbors=1)
knn.fit(X_train, y_train)

# %%
X_new = np.array([[5, 2.9, 1, 0.2]])

# %% nbforge:predict
prediction = knn.predict(X_new)
print("Prediction:", prediction)
name = iris_dataset["target_names"][prediction[0]]
if name == "setosa":
    print("Predicted target name:", name)
