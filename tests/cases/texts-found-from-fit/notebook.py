# %%
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

import pandas as pd

good = ["lovely film", "a great story", "great actors and a lovely score", "what a story", "I loved the film"]
bad = ["boring film", "a dull story", "dull actors and a boring score", "what a waste", "I hated the film"]
reviews = pd.Series((good + bad) * 6)
liked = ["good"] * 5 + ["bad"] * 5

# %% nbforge:train
classifier = make_pipeline(TfidfVectorizer(), MultinomialNB())
classifier.fit(reviews, liked * 6)

# %% nbforge:predict
classifier
