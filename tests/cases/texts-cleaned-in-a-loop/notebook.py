# %%
import re

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer
from sklearn.metrics import accuracy_score, confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import GaussianNB

# %% nbforge:data
good = ["Loved this place", "Great food and service!", "Amazing burger, will be back", "Very tasty and fresh"]
bad = ["Not good at all", "Terrible service...", "The potatoes were awful", "Bland and cold food"]
dataset = pd.DataFrame({"Review": [f"{text} {n % 7}" for n in range(15) for text in good + bad], "Liked": [1, 1, 1, 1, 0, 0, 0, 0] * 15})

# %%
corpus = []
for i in range(0, 120):
    review = re.sub("[^a-zA-Z]", " ", dataset["Review"][i])
    review = review.lower()
    review = review.split()
    all_stopwords = set(ENGLISH_STOP_WORDS)
    all_stopwords.remove("not")
    review = [word for word in review if not word in set(all_stopwords)]
    review = " ".join(review)
    corpus.append(review)

# %%
print(corpus)

# %%
cv = CountVectorizer(max_features=1500)
X = cv.fit_transform(corpus).toarray()
y = dataset.iloc[:, -1].values

# %%
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.20, random_state=0)

# %% nbforge:train
classifier = GaussianNB()
classifier.fit(X_train, y_train)

# %%
y_pred = classifier.predict(X_test)
print(np.concatenate((y_pred.reshape(len(y_pred), 1), y_test.reshape(len(y_test), 1)), 1))
print(confusion_matrix(y_test, y_pred), accuracy_score(y_test, y_pred))

# %% nbforge:predict
new_review = "I love this restaurant so much"
new_review = re.sub("[^a-zA-Z]", " ", new_review)
new_review = new_review.lower()
new_review = new_review.split()
all_stopwords = set(ENGLISH_STOP_WORDS)
all_stopwords.remove("not")
new_review = [word for word in new_review if not word in set(all_stopwords)]
new_review = " ".join(new_review)
new_corpus = [new_review]
new_X_test = cv.transform(new_corpus).toarray()
new_y_pred = classifier.predict(new_X_test)
print(new_y_pred)
