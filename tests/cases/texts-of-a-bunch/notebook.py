# %% nbforge:data
from sklearn.utils import Bunch

categories = ["weather", "weapons"]


def load(times):
    texts = ["rain and sun", "a gun", "wind and rain", "a knife and a gun", "sun", "knife"] * times
    return Bunch(data=texts, target=[0, 1, 0, 1, 0, 1] * times, target_names=categories)


data_train, data_test = load(20), load(4)

# %% nbforge:train
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.naive_bayes import ComplementNB
from sklearn.pipeline import make_pipeline

search = make_pipeline(TfidfVectorizer(), ComplementNB())
search.fit(data_train.data, data_train.target)

# %% nbforge:predict
test_accuracy = search.score(data_test.data, data_test.target)
print(f"Accuracy on test set: {test_accuracy:.3f}")
