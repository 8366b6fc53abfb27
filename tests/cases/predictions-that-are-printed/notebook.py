# %% nbforge:data
from sklearn.datasets import make_classification

X, y = make_classification(n_samples=120, n_features=4, random_state=0)

# %%
from sklearn.linear_model import LogisticRegression

classifier = LogisticRegression().fit(X[:100], y[:100])

# %% nbforge:predict
print(f"probabilities:\n{classifier.predict_proba(X[-3:]).round(3)}")
print(f"labels:\n{classifier.predict(X[-3:])}")
