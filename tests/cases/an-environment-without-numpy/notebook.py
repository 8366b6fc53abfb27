# %% nbforge:predict
def double(size: float) -> float:
    return 2 * size


double(3.0)
