# %% nbforge:data
import pandas as pd

df = pd.DataFrame({"area": [float(i) for i in range(60)]}) * factor

# %%
factor = 2.0

# %% nbforge:predict
df["area"] * 2
