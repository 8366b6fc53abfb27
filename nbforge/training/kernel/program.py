"""The notebook that this kernel runs, as steps: each kept top-level statement with its tree and what it touches."""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from .loading import GOING_ON, in_order, loadings
from .parsing import parse

DEFINING = frozenset({"import", "function", "class"})


@dataclass(frozen=True, slots=True)
class Step:
    """One statement, in the order of execution. ``text`` is the statement as written.

    ``ordinals``: of the nodes that are left (:mod:`.sites`), where the tree is no longer the one that ran.
    ``shows``: of a function, what its statements show, as source with their line below its own; the last comes first.
    """

    cell: int
    statement: int
    tree: ast.stmt
    text: str
    kind: str
    roles: frozenset[str]
    defines: frozenset[str]
    may_define: frozenset[str]
    updates: frozenset[str]
    uses: frozenset[str]
    ordinals: tuple[int, ...] = ()
    shows: tuple[tuple[int, str], ...] = ()

    @property
    def place(self) -> tuple[int, int]:
        """The cell's index and the statement's in it; unique within one notebook."""
        return (self.cell, self.statement)

    @property
    def binds(self) -> frozenset[str]:
        """The names whose value may be another after the step."""
        return self.defines | self.may_define | self.updates


def expression(code: str) -> ast.expr:
    """The tree of code that is one expression."""
    return cast(ast.Expr, parse(code).body[0]).value


def evaluated(node: ast.expr, namespace: Mapping[str, Any]) -> Any:
    """The value of an expression of the notebook, as its names are bound now; ``None`` where it has none any more."""
    try:
        return eval(ast.unparse(node), dict(namespace))  # noqa: S307 - the notebook's own expression
    except Exception:  # noqa: BLE001 - a name may be gone by now
        return None


def text_of(node: ast.AST, code: str) -> str:
    """The source of a node: decorators included, and the comment that ends a statement's last line."""
    lines = code.encode().splitlines(keepends=True)
    decorators = getattr(node, "decorator_list", [])
    first: int = min([node.lineno, *(item.lineno for item in decorators)])  # type: ignore[attr-defined]
    start = 0 if decorators else node.col_offset  # type: ignore[attr-defined]
    last, end = node.end_lineno, node.end_col_offset  # type: ignore[attr-defined]
    rest = lines[last - 1][end:]
    if isinstance(node, ast.stmt) and rest.lstrip().startswith(b"#"):
        end += len(rest.rstrip())
    if first == last:
        return lines[first - 1][start:end].decode()
    middle = lines[first : last - 1]
    return b"".join([lines[first - 1][start:], *middle, lines[last - 1][:end]]).decode()


def names_in(tree: ast.AST) -> frozenset[str]:
    """The names that are written in it."""
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))


def answer(step: Step) -> tuple[ast.expr, str] | None:
    """What an expression or assignment evaluates, as a copy, and what takes the first of several answers out of it."""
    match step.tree:
        case ast.AugAssign(target=ast.Name(id=name), op=operator, value=value):
            return ast.BinOp(ast.Name(name, ast.Load()), operator, copy.deepcopy(value)), ""
    if not isinstance(step.tree, ast.Expr | ast.Assign):
        return None
    several = isinstance(step.tree, ast.Assign) and isinstance(step.tree.targets[0], ast.Tuple)
    return copy.deepcopy(step.tree.value), "[0]" if several else ""


def steps(cells: Sequence[Mapping[str, Any]]) -> tuple[Step, ...]:
    """The steps of one notebook's sliced cells (see docs/architecture.md, "plan"), training phase first."""
    loaded = loadings(cells)
    return tuple(step for cell in in_order(cells) if cell["included"] for step in _of_cell(cell, loaded[cell["index"]]))


def _of_cell(cell: Mapping[str, Any], loaded: int | None) -> list[Step]:
    found: list[Step] = []
    body = parse(cell["code"]).body
    by_line = {facts["line"]: facts for facts in cell["statements"]}
    paired = len(body) == len(cell["statements"])
    for at, node in enumerate(body):
        facts = cell["statements"][at] if paired else by_line.get(node.lineno, {})
        if facts.get("beside"):
            continue
        defines, may_define, updates, uses = (
            frozenset(facts.get(name, ())) for name in ("defines", "may_define", "updates", "uses")
        )
        roles = frozenset(cell["roles"])
        if loaded is not None:
            roles = roles - {"data"} if at > loaded else roles - GOING_ON
        text, kind = text_of(node, cell["code"]), facts.get("kind", "statement")
        shows = tuple((number, shown) for number, shown in facts.get("shows", ()))
        found.append(Step(cell["index"], at, node, text, kind, roles, defines, may_define, updates, uses, shows=shows))
    return found


def without_beside(tree: ast.Module, cell: Mapping[str, Any]) -> ast.Module:
    """The tree of a sliced cell without the statements that only run beside the slice."""
    beside = {at for at, facts in enumerate(cell["statements"]) if facts.get("beside")}
    return ast.Module([node for at, node in enumerate(tree.body) if at not in beside], []) if beside else tree


def tainted(steps: Sequence[Step], names: Sequence[str]) -> tuple[dict[str, Step], frozenset[tuple[int, int]]]:
    """What depends on these names: each such name with the step that last bound it, and the places of such steps."""
    reached: dict[str, Step] = {}
    sources = set(names)
    places: set[tuple[int, int]] = set()
    for step in steps:
        if step.kind in DEFINING:
            continue
        if (step.uses | step.updates) & (sources | reached.keys()):
            places.add(step.place)
            reached.update(dict.fromkeys(step.binds, step))
    return reached, frozenset(places)


REDUCTIONS = frozenset(
    {
        *("agg", "aggregate", "count", "describe", "first", "kurt", "last", "max", "mean", "median", "min"),
        *("mode", "nunique", "prod", "quantile", "sem", "size", "skew", "std", "sum", "var"),
    }
)
"""Methods that make one value of many, of each column or of each group."""

SUMMARIES = frozenset({"agg", "aggregate", "crosstab", "nunique", "pivot_table", "size", "value_counts"})


def summarises(statement: ast.stmt) -> bool:
    """Whether a statement binds a table of groups or of values, not of rows, however many of them there are."""
    return bool(_methods_for_a_name(statement) & SUMMARIES)


def sums_up(statement: ast.stmt) -> bool:
    """Whether a statement binds figures, of groups, of values or of columns: ``means = df.groupby("key").mean()``."""
    by_row = any(isinstance(node, ast.keyword) and node.arg == "axis" for node in ast.walk(statement))
    return bool(_methods_for_a_name(statement) & (SUMMARIES if by_row else SUMMARIES | REDUCTIONS))


def _methods_for_a_name(statement: ast.stmt) -> set[str]:
    """The methods and attributes that what is bound to a name alone goes through, one after the other."""
    found: set[str] = set()
    if not isinstance(statement, ast.Assign) or not all(isinstance(target, ast.Name) for target in statement.targets):
        return found
    value = statement.value
    while isinstance(value, ast.Call | ast.Attribute | ast.Subscript):
        if isinstance(value, ast.Attribute):
            found.add(value.attr)
        value = value.func if isinstance(value, ast.Call) else value.value
    return found
