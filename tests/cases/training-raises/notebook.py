# %% nbforge:data
import pandas as pd

df = pd.DataFrame({"area": [float(i) for i in range(60)]})

# %% nbforge:train
total = df["area"].sum()
share = {"all": total}["none"]

# %% nbforge:predict
df["area"] / total
