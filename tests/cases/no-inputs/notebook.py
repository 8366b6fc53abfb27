# %% nbforge:predict
def predict(frame):
    return frame["area"] * 2
