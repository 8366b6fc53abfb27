"""The calls that scoring replays, one a file, found here by themselves."""

from __future__ import annotations

import importlib
import pkgutil

from nbforge.training.kernel.replaying import Replay


def _found() -> dict[str, tuple[Replay, ...]]:
    table: dict[str, tuple[Replay, ...]] = {}
    for module in sorted(item.name for item in pkgutil.iter_modules(__path__)):
        replay: Replay = importlib.import_module(f"{__name__}.{module}").REPLAY
        for name in replay.calls:
            table[name] = (*table.get(name, ()), replay)
    return table


REPLAYS: dict[str, tuple[Replay, ...]] = _found()
"""By the name of the function or method as the notebook calls it."""
