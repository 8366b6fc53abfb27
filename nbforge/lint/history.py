"""What happened to training and test rows: fits, leaks, scores."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Treatment:
    """Something that rows went through; ``key`` is the object that did it (``scaler``) or the function."""

    step: int
    cell: int
    node: ast.Call
    key: str
    written: str
    by_object: bool


@dataclass(frozen=True, slots=True)
class Fit:
    """A call that fits; its rows are ``train``, ``test``, ``held``, ``mixed``, or ``""`` (all of them, or unknown)."""

    step: int
    cell: int
    node: ast.Call
    method: str
    written: str
    estimator: str
    data: str
    role: str
    learns: bool  # what it gives for a row depends on the other rows
    supervised: bool  # and on their answers
    again: bool  # the object was fitted before
    through: tuple[Treatment, ...] = ()  # what its rows went through


@dataclass(frozen=True, slots=True)
class Leak:
    """A fit on all rows whose result is split in ``split_cell``."""

    fit: Fit
    split_cell: int
    split: str


@dataclass(frozen=True, slots=True)
class Score:
    """A score. ``role`` is ``fitted`` where its rows are those of a fit."""

    step: int
    cell: int
    node: ast.Call
    written: str
    role: str


@dataclass(slots=True)
class History:
    """What happened to training and test rows.

    ``validated``: by folds, or by what a fit was given to watch. ``parts``: names that hold a part of a split.
    ``fitted``: by name, the last fit of an object.
    """

    fits: list[Fit] = field(default_factory=list)
    leaks: list[Leak] = field(default_factory=list)
    scores: list[Score] = field(default_factory=list)
    validated: bool = False
    parts: set[str] = field(default_factory=set)
    fitted: dict[str, Fit] = field(default_factory=dict)
