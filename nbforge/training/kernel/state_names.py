"""Fitted state of the statements that scoring runs, under names that say what it is."""

from __future__ import annotations

import ast
import builtins
import keyword
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .contexts import Lookup
from .kinds import is_fitted_object
from .observations import equal
from .program import Step
from .replays import REPLAYS

WORDS = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
DULL = frozenset(
    {"df", "data", "frame", "X", "pd", "np", "self", "axis", "loc", "iloc", "values", "numeric_only", "str", "True"}
)
_RESERVED = frozenset(keyword.kwlist) | frozenset(dir(builtins))


@dataclass(slots=True)
class State:
    """Fitted state by the name that scoring gives it."""

    values: dict[str, Any] = field(default_factory=dict)
    origin: dict[str, Step] = field(default_factory=dict)


class Keeper:
    """Collects the state of steps, in a notebook with this ``namespace``."""

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self.namespace = namespace
        self.state = State()

    def keep(self, step: Step, node: ast.AST, lookup: Lookup, suffix: str = "") -> str:
        """Put a value into the state; the expression that reads it back."""
        base = suggest(node, suffix, tuple({"value": name}.get(kind, kind) for name, kind in lookup.by))
        name, count, own = base, 2, bound_within(step.tree)
        while name in self.namespace or name in own or not self._free(name, lookup.state):
            name, count = f"{base}_{count}", count + 1
        self.state.values[name], self.state.origin[name] = lookup.state, step
        return lookup.text(name)

    def _free(self, name: str, value: Any) -> bool:
        """Whether no other value has the name."""
        known = self.state.values.get(name, value)
        return known is value or (type(known) is type(value) and not is_fitted_object(value) and equal(known, value))

    def module(self, step: Step, full_name: str) -> str:
        """The name that the notebook has for an imported module, or a new one that scoring gets for it."""
        module = sys.modules[full_name]
        short = {"numpy": "np", "pandas": "pd"}.get(full_name, full_name.rpartition(".")[2])
        if self.namespace.get(short, module) is module:
            name = short
        else:
            name = next((key for key, value in self.namespace.items() if value is module), f"{short}_module")
        if self.namespace.get(name) is not module:
            self.state.values[name], self.state.origin[name] = module, step
        return name


def suggest(node: ast.AST, suffix: str, by: tuple[str, ...]) -> str:
    """A name that says what the value is: ``age_median`` for ``df["age"].median()``."""
    words = [word for word in WORDS.findall(ast.unparse(node)) if word not in DULL and word not in by]
    chosen = list(dict.fromkeys(words))[-3:]
    if suffix:
        chosen = [*[word for word in chosen if word not in REPLAYS][:2], suffix]
    name = "_".join(chosen).lower() or "state"
    name = re.sub(r"_+", "_", name)
    return f"{name}_by_{'_'.join(by)}" if by else f"{name}_" if name in _RESERVED else name


def bound_within(tree: ast.AST) -> set[str]:
    """The names that a statement binds anywhere in it: a function's own variables, a lambda's parameters."""
    names = {item.id for item in ast.walk(tree) if isinstance(item, ast.Name) and isinstance(item.ctx, ast.Store)}
    return names | {item.arg for item in ast.walk(tree) if isinstance(item, ast.arg)}
