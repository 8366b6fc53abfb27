# %% nbforge:data
import numpy as np
import pandas as pd

rng = np.random.default_rng(8)
columns = pd.MultiIndex.from_tuples([("north", "temp"), ("north", "wind"), ("south", "temp")])
stations = pd.DataFrame(rng.normal(10, 5, (80, 3)).round(1), columns=columns)

# %% nbforge:train
usual = float(stations[("north", "wind")].mean())

# %% nbforge:predict
def summary(frame):
    gap = frame[("north", "temp")] - frame[("south", "temp")]
    return pd.DataFrame({"gap": gap, "chill": frame[("north", "wind")] > usual})
