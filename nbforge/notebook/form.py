"""What the keywords of a call say, whatever it is given to."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from nbforge.notebook.callee import is_constant
from nbforge.notebook.purity import Tables

_IN_CHUNKS = frozenset({"chunksize", "iterator"})
_SEVERAL = _IN_CHUNKS | {"sheet_name"}
GENERATORS = ("random_state", "rng", "generator", "seed")


@dataclass(frozen=True, slots=True)
class Form:
    """The keywords of one call.

    ``matters``: one of them may change something, or draw. ``overwrites``: one such as ``copy=False`` lets the call, or
    what it makes, change what it is given. ``chunks``: the result comes in parts, one after the other; ``several``: it
    may be several things.
    """

    matters: bool = False
    overwrites: bool = False
    chunks: bool = False
    several: bool = False


_NONE = Form()


def keyword_form(node: ast.Call, tables: Tables) -> Form:
    """Read the keywords of ``node``."""
    if not node.keywords:
        return _NONE
    names = {keyword.arg for keyword in node.keywords}
    known = [(keyword, tables.keywords.get(keyword.arg or "")) for keyword in node.keywords]
    overwrites = any(rule is not None and not is_constant(keyword.value, rule.harmless) for keyword, rule in known)
    return Form(
        matters=overwrites or None in names or not names.isdisjoint(("out", *GENERATORS)),
        overwrites=overwrites,
        chunks=not names.isdisjoint(_IN_CHUNKS),
        several=not names.isdisjoint(_SEVERAL),
    )
