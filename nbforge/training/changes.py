"""What the statements of a run mean to the libraries it ran with, where that is not what they used to mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nbforge import changed
from nbforge.environments import interpreter
from nbforge.values import CellSlice, Environment, Slice

TOLD = 3
"""How many statements a failure names: the last ones before it."""


def notes(slice_: Slice, environment: Environment) -> tuple[str, ...]:
    """A note for each such statement of the slice."""
    return tuple(
        f"{slice_.notebooks[cell.notebook].path.name}, cell {cell.index}: {item.said}; {item.instead}."
        for cell, item in _found(slice_.cells, environment)
    )


def suspects(cells: Sequence[CellSlice], environment: Environment | None) -> str:
    """What may lie behind the failure of the last of ``cells``, and what to do; empty where nothing does."""
    found = _found(cells, environment)[-TOLD:] if environment is not None else []
    if not found:
        return ""
    told = "; ".join(f"cell {cell.index}: {item.said}, {item.instead}" for cell, item in found)
    return f"This may be why: {told}. Or pin `{changed.PIN}` in requirements.txt beside the notebook."


def _found(cells: Iterable[CellSlice], environment: Environment) -> list[tuple[CellSlice, changed.Changed]]:
    kept = [cell for cell in cells if cell.included]
    objects = any(changed.texts_are_objects(cell.code) for cell in kept)
    found = [(cell, item) for cell in kept for item in changed.found(cell.code, objects=objects)]
    return found if found and _holds(environment) else []


def _holds(environment: Environment) -> bool:
    version = interpreter.version_of(interpreter.ask(environment.python), changed.LIBRARY) or "0"
    return int(version.partition(".")[0]) >= changed.SINCE
