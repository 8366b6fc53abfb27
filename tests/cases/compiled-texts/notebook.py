# %% nbforge:data
import pandas as pd

notes = pd.DataFrame(
    {
        "text": ["Free prize, click now", "Lunch on monday?", "Click: CASH offer, free!", "The project report, please"] * 15
        + ["Über-offer für Åsa", "Notizen über das Projekt"] * 5,
        "spam": [1, 0, 1, 0] * 15 + [1, 0] * 5,
    }
)
texts = notes["text"]

# %% nbforge:train
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

steps = Pipeline([("words", TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)), ("clf", LogisticRegression())])
search = GridSearchCV(steps, {"clf__C": [0.1, 10.0]}, cv=3).fit(texts, notes["spam"])

# %% nbforge:predict
search
