# %%
import numpy as np
import pandas as pd
import statsmodels.formula.api as smf

# %% nbforge:data
rng = np.random.default_rng(5)
homes = pd.DataFrame(
    {
        "area": rng.uniform(30, 200, 160).round(1),
        "rooms": rng.integers(1, 7, 160),
        "town": rng.choice(["Aalst", "Bree", "Ciney"], 160),
        "owner": [f"keeper-of-home-{at}" for at in range(160)],
    },
    index=[f"deed-{at:04d}" for at in range(160)],
)
homes["price"] = 2000 * homes["area"] + 5000 * homes["rooms"] + rng.normal(0, 9000, 160)

# %%
result = smf.ols("price ~ np.log(area) * C(town) + C(rooms)", data=homes).fit()

# %%
print(result.summary())

# %% nbforge:predict
result.predict(homes)
