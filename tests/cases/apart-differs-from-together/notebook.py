# %% nbforge:data
import pandas as pd

df = pd.DataFrame({"area": [float(i * 37 % 101) for i in range(120)]})

# %% nbforge:predict
def predict(frame):
    return frame["area"] - frame["area"].mean()
