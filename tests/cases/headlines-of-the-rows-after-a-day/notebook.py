# %%
import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

# %% nbforge:data
rng = np.random.default_rng(2)
words = ["rain", "market", "rises", "falls", "war", "peace", "oil", "gold", "talks", "vote"]
news = pd.DataFrame({"Date": pd.date_range("2014-01-01", periods=300).astype(str)})
for at in (1, 2, 3):
    news[f"Top{at}"] = [" ".join(rng.choice(words, 4)) for _ in range(300)]
news.insert(1, "Label", [int("rises" in " ".join(row)) for row in news[["Top1", "Top2"]].to_numpy()])

# %%
train = news[news["Date"] < "2014-08-01"]
test = news[news["Date"] > "2014-07-31"]

# %%
headlines = []
for row in range(0, len(train.index)):
    headlines.append(" ".join(str(x) for x in train.iloc[row, 2:5]))
counts = CountVectorizer()
features = counts.fit_transform(headlines)

# %%
fitted = LogisticRegression().fit(features, train["Label"])

# %% nbforge:features
late = []
for row in range(0, len(test.index)):
    late.append(" ".join(str(x) for x in test.iloc[row, 2:5]))

# %% nbforge:predict
predicted = fitted.predict(counts.transform(late))
