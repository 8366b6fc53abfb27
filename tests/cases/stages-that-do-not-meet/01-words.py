# %%
import os
import pickle

from sklearn.feature_extraction.text import CountVectorizer

words = CountVectorizer().fit(["see you at lunch", "free prize", "free lunch"] * 10)
with open(os.environ["S2I_PIPELINE_STAGE_SAVE_FILE"], "wb") as file:
    pickle.dump(words, file)
