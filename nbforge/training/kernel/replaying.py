"""Calls that answer one value a row yet look at all rows: what a replay is, and what helps to write one.

One class a file in :mod:`replays`; adding one touches no second file. ``learn`` sees the call in training and says what
it learned, or ``None`` where the call needs no help or can have none. ``edits`` gives the change of source that makes
the call a function of one row.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Protocol

from .alignment import is_pandas


@dataclass(frozen=True, slots=True)
class Called:
    """One call as it happened. ``receiver``: a method's object; ``None`` where a function was called."""

    name: str
    receiver: Any
    args: Sequence[Any]
    keywords: Mapping[str, Any]
    result: Any

    def argument(self, position: int, *names: str) -> Any:
        """The argument at this position or of one of these names; ``None`` where it was not given."""
        given = next((self.keywords[name] for name in names if name in self.keywords), None)
        return self.args[position] if len(self.args) > position else given


class Learned(NamedTuple):
    """``state`` is what scoring is given; ``detail`` is what only :meth:`Replay.edits` needs to know."""

    state: Any
    detail: Any = None


class Edit(NamedTuple):
    """A change of the call's text at one of its nodes.

    ``where``: ``instead`` of the node, right ``before`` or ``behind`` it, in place of what ``leads`` from the call's
    start to the node, or of the ``rest`` from the node's end to the call's.
    """

    node: ast.AST
    where: str
    text: str


Module = Callable[[str], str]
"""From a module's full name to the name that the source has for it."""


class Replay(Protocol):
    """One kind of call.

    ``calls``: the names that it goes by; ``suffix`` ends the name that scoring gives to what was learned, and
    ``named_by`` (``argument``, ``receiver`` or ``call``) says which words begin it; ``shown``: how a notebook writes it
    and how scoring does, for people.
    """

    calls: ClassVar[tuple[str, ...]]
    suffix: ClassVar[str]
    named_by: ClassVar[str]
    shown: ClassVar[tuple[str, str]]

    def learn(self, called: Called) -> Learned | None:
        """What one call in training showed."""

    def edits(self, call: ast.Call, state: str, learned: Learned, module: Module) -> list[Edit]:
        """The changes that make the call use ``state``, the expression for what was learned; none where it cannot."""


def argument(call: ast.Call, position: int, *names: str) -> ast.expr | None:
    """The expression at this position or under one of these names."""
    for keyword in call.keywords:
        if keyword.arg in names:
            return keyword.value
    return call.args[position] if len(call.args) > position else None


def typed(node: ast.AST, state: str) -> list[Edit]:
    """``node.astype(state)``."""
    if isinstance(node, ast.Name | ast.Attribute | ast.Subscript | ast.Call):
        return [Edit(node, "behind", f".astype({state})")]
    return [Edit(node, "before", "("), Edit(node, "behind", f").astype({state})")]


def around(node: ast.expr, lead: str, rest: str) -> list[Edit]:
    """The call with everything around one of its arguments replaced."""
    return [Edit(node, "leads", lead), Edit(node, "rest", rest)]


def last(call: ast.Call) -> ast.AST:
    """The argument that ends the call."""
    return call.keywords[-1].value if call.keywords else call.args[-1]


def category_type(series: Any) -> Any:
    """The series' own categories, as a type without order."""
    import pandas as pd

    return pd.CategoricalDtype(series.astype("category").cat.categories, ordered=False)


def is_vector(value: Any) -> bool:
    """One number a row."""
    return is_pandas(value, "Series") or getattr(value, "ndim", 0) == 1
