# %% nbforge:data
raise SystemError("the engine and the base are checked before training")

# %% nbforge:predict
1
