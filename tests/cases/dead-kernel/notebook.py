# %% nbforge:data
import os

os._exit(1)

# %% nbforge:predict
1
