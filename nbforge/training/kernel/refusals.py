"""What to do about a statement that depends on the other rows and cannot be turned into fitted state."""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

OTHERWISE = "Compute what it needs of the other rows in training, in a statement of its own, and use that value here."

AGAIN = "Scoring must give the same answer twice: take the random numbers out of the features."

_AHEAD = re.compile(r"forecast|plot_predict|n_periods|predict(ion)?\(\s*(start|steps)\b")


@dataclass(frozen=True, slots=True)
class Refusal:
    """One entry of ``refusals.toml``: ``examples`` are statements that end in this remedy."""

    pattern: str
    remedy: str
    examples: tuple[str, ...]


@functools.cache
def refusals() -> tuple[Refusal, ...]:
    """The table, in the order in which it is looked through."""
    content = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return tuple(Refusal(each["pattern"], each["remedy"], tuple(each["examples"])) for each in content["refusal"])


def remedy(text: str, otherwise: str = OTHERWISE) -> str:
    """What to do about a statement, by what its text shows; the first entry that fits counts, else ``otherwise``."""
    return next((each.remedy for each in refusals() if re.search(each.pattern, text)), otherwise)


def forecasts(text: str) -> str:
    """A sentence more for a cell that forecasts: its input is how far ahead, and that has to be said."""
    if not _AHEAD.search(text):
        return ""
    return " To serve forecasts, end the cell with a function of how far ahead: `def forecast(steps: int): ...`."
