# %%
import math

import numpy as np

# %% nbforge:train
heights = np.array([158.0, 163.0, 171.0, 180.0, 188.0])
spans = np.array([157.0, 165.0, 170.0, 183.0, 189.0])
slope, intercept = (float(value) for value in np.polyfit(heights, spans, 1))
sizes = {"S": 160.0, "M": 172.0, "L": 184.0}

# %% nbforge:example
[{"height": 170.0, "fit": "loose"}, {"height": 185.5, "fit": "tight"}, {"height": 160.0, "fit": "loose"}]

# %% nbforge:predict
def size(height: float, fit: str) -> dict:
    span = slope * height + intercept
    shifted = span + (4 if fit == "loose" else 0)
    nearest = min(sizes, key=lambda name: abs(sizes[name] - shifted))
    return {"size": nearest, "span": math.floor(span)}
