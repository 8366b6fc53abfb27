# %% nbforge:data
import numpy as np
import pandas as pd

rng = np.random.default_rng(0)
homes = pd.DataFrame({"area": rng.uniform(20, 200, 200), "rooms": rng.integers(1, 7, 200)})
dear = (homes.area + 20 * homes.rooms > 180).astype(int)
# %%
import seaborn as sns
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

models = {}
for name, model in [("logit", LogisticRegression()), ("tree", DecisionTreeClassifier(random_state=0))]:
    model.fit(homes, dear)
    if name == "tree":
        # not in today's seaborn
        sns.factorplot(x="rooms", y="area", data=homes)
    else:
        print(name, model.score(homes, dear))
    models[name] = model
# %% nbforge:predict
models["logit"].predict(homes)
