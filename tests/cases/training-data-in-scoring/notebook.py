# %% nbforge:data
import pandas as pd

df = pd.DataFrame({"area": [float(i * i % 83) for i in range(200)], "rooms": [i % 7 for i in range(200)]})

# %% nbforge:predict
def predict(frame):
    return [float((df["area"] < area).mean()) for area in frame["area"]]
