# %%
import numpy as np
import pandas as pd
import tidytools
# %% nbforge:data
rng = np.random.default_rng(7)
homes = pd.DataFrame({"size": rng.uniform(20, 90, 80), "rooms": rng.integers(1, 5, 80)})
# %%
homes.describe()
# %%
before = homes["size"].mean()
report = tidytools.summary(homes)
print(report, before)
# %%
homes.groupby("storey").mean()
# %% nbforge:train
price = 1000 * homes["size"].mean()
# %% nbforge:predict
def predict(homes):
    return homes["size"] * price + homes["rooms"]
