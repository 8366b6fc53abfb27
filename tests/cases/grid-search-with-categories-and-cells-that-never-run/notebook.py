# %% parameters
folds = 5
depths = [1, 2]

# %% skip
!pip install scikit-learn==0.19
raise SystemExit("this cell never runs")

# %% nbforge:data
import numpy as np
import pandas as pd

rng = np.random.default_rng(5)
n = 240
cars = pd.DataFrame(
    {
        "fuel": pd.Categorical(rng.choice(["diesel", "petrol", "electric"], n)),
        "doors": pd.Categorical(rng.choice([2, 4, 5], n)),
        "km": rng.integers(0, 200_000, n),
        "plate": [f"B-{i:05d}" for i in range(n)],
    }
)
dear = (cars["fuel"] == "electric") & (cars["km"] < 120_000)

# %% raises-exception
print(folds / 0)

# %% nbforge:train
from sklearn.compose import make_column_transformer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier

encode = make_column_transformer((OneHotEncoder(), ["fuel", "doors"]), remainder="passthrough")
search = GridSearchCV(
    make_pipeline(encode, DecisionTreeClassifier(random_state=0)), {"decisiontreeclassifier__max_depth": depths}, cv=folds
)
search.fit(cars.drop(columns="plate"), dear)

# %% pipeline-metrics
best = search.best_params_["decisiontreeclassifier__max_depth"]
best, folds

# %% nbforge:predict
search
