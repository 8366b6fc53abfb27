# %%
from dataclasses import dataclass, field

import numpy as np
import pandas as pd


@dataclass
class Thermostat:
    """Learns the usual temperature of each room."""

    margin: float = 1.5
    usual: dict = field(default_factory=dict)

    def learn(self, frame):
        self.usual = {str(room): float(value) for room, value in frame.groupby("room")["celsius"].mean().items()}
        return self

    def _off(self, frame):
        return frame["celsius"] - frame["room"].map(self.usual)

    def advise(self, frame):
        off = self._off(frame)
        return np.select([off > self.margin, off < -self.margin], ["cool", "heat"], "keep")


# %% nbforge:data
rng = np.random.default_rng(3)
rooms = rng.choice(["attic", "cellar"], 100)
readings = pd.DataFrame({"room": rooms, "celsius": np.where(rooms == "attic", 24.0, 12.0) + rng.uniform(-4, 4, 100).round(2)})

# %% nbforge:train
thermostat = Thermostat().learn(readings)

# %% nbforge:predict
thermostat.advise
