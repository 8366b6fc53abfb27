# %% nbforge:data
import pandas as pd

df = pd.DataFrame({"area": [float(i) for i in range(60)]})

# %%
rates = open("rates.txt")

# %% nbforge:predict
def predict(frame):
    rates.seek(0)
    return frame["area"] * float(rates.read())
