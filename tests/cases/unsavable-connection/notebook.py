# %% nbforge:data
import sqlite3

import pandas as pd

df = pd.DataFrame({"area": [float(i) for i in range(60)]})

# %%
connection = sqlite3.connect(":memory:")
connection.execute("create table rates (rate real)")
connection.execute("insert into rates values (1.5)")

# %% nbforge:predict
def predict(frame):
    (rate,) = connection.execute("select rate from rates").fetchone()
    return frame["area"] * rate
