# %%
import os

import joblib
import numpy as np
from sklearn.linear_model import LogisticRegression

model = LogisticRegression().fit(np.eye(9), [0, 1, 0, 1, 0, 1, 0, 1, 0])
joblib.dump(model, os.environ["S2I_PIPELINE_STAGE_SAVE_FILE"])
