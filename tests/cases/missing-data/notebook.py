# %% nbforge:data
import pandas as pd

df = pd.read_csv("data/nowhere.csv")

# %% nbforge:predict
df["area"] * 2
