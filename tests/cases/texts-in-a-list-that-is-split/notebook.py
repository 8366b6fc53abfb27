# %%
import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

# %% nbforge:data
rng = np.random.default_rng(2)
lines = [["spam" if at % 4 == 0 else "ham"] for at in range(200)]
for line in lines:
    line.append(" ".join(rng.choice(["win", "cash", "now"] if line[0] == "spam" else ["see", "you", "now"], 5)))
text = [line[1] for line in lines]
y = [int(line[0] == "spam") for line in lines]

# %%
text_train, text_test, y_train, y_test = train_test_split(text, y, random_state=42, stratify=y)

# %% nbforge:predict
vectorizer = CountVectorizer()
vectorizer.fit(text_train)
X_train = vectorizer.transform(text_train)
X_test = vectorizer.transform(text_test)
clf = LogisticRegression()
clf.fit(X_train, y_train)
print(clf.score(X_test, y_test))
