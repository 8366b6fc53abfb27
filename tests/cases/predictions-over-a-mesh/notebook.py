# %%
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_blobs
from sklearn.svm import OneClassSVM

# %% nbforge:data
X, _ = make_blobs(n_samples=150, centers=[(0, 0), (3, 3)], random_state=4)

# %%
guard = OneClassSVM(nu=0.1, gamma=0.3).fit(X)
xx, yy = np.meshgrid(np.linspace(-4, 7, 30), np.linspace(-4, 7, 30))

# %% nbforge:predict
inside = guard.decision_function(np.c_[xx.ravel(), yy.ravel()]) > 0

# %%
plt.contourf(xx, yy, inside.reshape(xx.shape))
