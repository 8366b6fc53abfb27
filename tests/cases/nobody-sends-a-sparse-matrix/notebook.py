# %%
from sklearn.feature_extraction.text import TfidfVectorizer


def load():
    texts = ["rain and sun", "a gun", "wind and rain", "a knife and a gun", "sun", "knife"] * 20
    vectorizer = TfidfVectorizer()
    return vectorizer.fit_transform(texts), [0, 1, 0, 1, 0, 1] * 20, ["weather", "weapons"]


# %% nbforge:data
X_train, y_train, target_names = load()

# %% nbforge:predict
from sklearn.linear_model import RidgeClassifier

model = RidgeClassifier()
model.fit(X_train, y_train)
pred = model.predict(X_train)
