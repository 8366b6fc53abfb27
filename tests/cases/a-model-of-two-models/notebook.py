# %%
import numpy as np
from statsmodels.discrete.truncated_model import HurdleCountModel

# %% nbforge:data
rng = np.random.default_rng(1)
visits = np.column_stack((np.ones(300), rng.uniform(0, 1, 300)))

# %%
counts = rng.poisson(np.exp(visits.sum(axis=1)))
result = HurdleCountModel(counts, visits).fit(disp=False)

# %% nbforge:predict
result
