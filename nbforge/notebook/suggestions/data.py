"""Which cells bind the rows that clients will send, and which transform them."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from nbforge.notebook.entry import bound_names
from nbforge.notebook.suggestions import rows, words
from nbforge.notebook.suggestions.models import Model
from nbforge.notebook.suggestions.rows import Way
from nbforge.notebook.suggestions.story import Story

_TABLES = frozenset(
    {"drop", "copy", "dropna", "concat", "merge", "get_dummies", "DataFrame", "reset_index", "assign", "query"}
)


def stacked(story: Story, way: Way) -> list[tuple[int, str]]:
    """The cell that loads two tables which are transformed together and cut apart again, if one cell loads both."""
    loads = _loads(story, way.before_split)
    cell = story.steps[loads[-1]].cell if loads else -1
    if not rows.stacks(story, way) or not _binds_the_rows(story, way, cell):
        return []
    return [(cell, "it loads tables that are transformed together; clients send rows of the one that is asked about")]


def _loads(story: Story, steps: Sequence[int]) -> list[int]:
    return [at for at in steps if not any(source in story.rows for source in story.steps[at].sources.values())]


def cells(story: Story, model: Model, way: Way) -> list[tuple[int, str]]:
    """The cells to tag ``nbforge:data``, in order; none where the rows that clients send cannot be told."""
    steps = way.before_split
    loads = _loads(story, steps)
    if not loads:
        return []
    fitting = story.steps[model.fitted].cell
    changing = {at: changed for at in steps if (changed := rows.changes_rows(story, at)) is not None}
    changing = {at: said for at, said in changing.items() if not _beside_others(story, steps, at)}
    first = max(changing, default=loads[-1])
    if _in_place(story, way, first):
        return _with_loads(story, way, loads, story.steps[first].cell, changing)
    for at in (at for at in steps if at >= first):
        cell = story.steps[at].cell
        if cell == fitting and at != first:
            break
        if _binds_the_rows(story, way, cell):
            return _with_loads(story, way, loads, cell, changing)
    return []


def _beside_others(story: Story, steps: Sequence[int], at: int) -> bool:
    """Whether a statement only leaves rows out, in a cell that transforms those that stay."""
    mine = [other for other in steps if story.steps[other].cell == story.steps[at].cell]
    return rows.only_drops(story.node(at)) and any(
        rows.changes_rows(story, other) is None and not rows.only_selects(story.node(other)) for other in mine
    )


def _with_loads(story: Story, way: Way, loads: list[int], cell: int, changing: dict[int, str]) -> list[tuple[int, str]]:
    """The cell and, where it only changes rows that an earlier one loads, that one as well."""
    there = [at for at in changing if story.steps[at].cell == cell]
    if not there:
        mine = [at for at in way.steps if story.steps[at].cell == cell]
        name = min(way.names[mine[-1]])
        verb = "loads" if set(mine) & set(loads) else "binds"
        return [(cell, f"it {verb} `{name}`, rows of which clients will send")]
    names = ", ".join(f"`{name}`" for name in sorted(way.names[there[-1]]))
    reason = f"it {changing[there[-1]]} ({names}), which a service cannot do: clients send rows as it leaves them"
    loading = story.steps[loads[-1]].cell
    if loading == cell:
        return [(cell, f"it loads {names}, rows of which clients will send")]
    if _binds_the_rows(story, way, loading):
        return [(loading, "it loads the rows"), (cell, reason)]
    return [(cell, reason)]


def _in_place(story: Story, way: Way, at: int) -> bool:
    return not story.steps[at].effects.defines & way.names[at]


def _binds_the_rows(story: Story, way: Way, cell: int) -> bool:
    """Whether the last table that a cell binds holds the rows; see ``nbforge:data`` in the reference."""
    own: dict[str, int] = {}
    for at in story.of_cell(cell):
        for name in way.names.get(at, ()):
            own[name] = at
    bound = [name for name in bound_names(story.flow.cells[cell]) if name in own or _table(story, cell, name)]
    split = {name for at in story.of_cell(cell) if at == way.split for name in story.steps[at].effects.defines}
    beside = _loaded(story, cell) if own.keys() & _loaded(story, cell) else set()
    last = bound[-1] if bound else ""
    return (last in own or last in split or last in beside) and any(name in own for name in bound)


def _loaded(story: Story, cell: int) -> set[str]:
    """The tables that a cell loads. Of several, such as ``train`` and ``test``, a build takes what is asked about."""
    found = set()
    for at in story.of_cell(cell):
        match story.node(at):
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if words.is_load(value):
                found.add(name)
    return found


def _table(story: Story, cell: int, name: str) -> bool:
    """Whether ``name`` is bound to a table by a cell, as far as the text shows it."""
    for at in reversed(story.of_cell(cell)):
        match story.node(at):
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                return _is_table(value)
            case ast.Assign(targets=[ast.Tuple(elts=parts)], value=value) if name in words.names(ast.Tuple(parts)):
                return words.within(words.called(value), "splits")
    return False


def _is_table(value: ast.expr) -> bool:
    match value:
        case ast.Call():
            return words.is_load(value) or words.called(value) in _TABLES
        case ast.Subscript(slice=ast.List()):
            return True
        case ast.Attribute(attr="frame"):
            return True
    return False


def features(story: Story, model: Model, way: Way, after: int) -> list[tuple[int, str]]:
    """Cells between the data and the fit that do nothing but transform rows, one by one."""
    end = way.split if way.split is not None else model.fitted
    last = story.steps[end].cell
    targets = _target_columns(story, model)
    found = []
    for cell in dict.fromkeys(story.steps[at].cell for at in way.before_split):
        own = [at for at in way.before_split if story.steps[at].cell == cell]
        if not after < cell < last or any(rows.changes_rows(story, at) for at in story.of_cell(cell)):
            continue
        working = [at for at in own if not rows.only_selects(story.node(at)) and not _of_target(story, at, targets)]
        if working:
            names = ", ".join(f"`{name}`" for name in sorted({name for at in working for name in way.names[at]}))
            found.append((cell, f"it transforms {names} on the way from the data to the fit"))
    return found


def fits_only(story: Story, model: Model, way: Way) -> bool:
    """Whether the cell that fits makes nothing of the rows that scoring would have to make again."""
    cell = story.steps[model.fitted].cell
    return not any(story.steps[at].cell == cell and at != way.split for at in way.before_split)


def _target_columns(story: Story, model: Model) -> set[object]:
    """The columns that the target is taken from."""
    if model.target is None:
        return set()
    found: set[object] = _columns(model.target)
    own = rows.way(story, model.given, model.target)
    for at in own.steps[-4:]:
        node = story.node(at)
        if isinstance(node, ast.Assign) and not isinstance(node.value, ast.Subscript | ast.Attribute | ast.Call):
            continue
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and not _is_table(node.value):
            found |= _columns(node.value)
    return found


def _columns(node: ast.AST) -> set[object]:
    found: set[object] = set()
    for child in ast.walk(node):
        match child:
            case ast.Subscript(slice=ast.Constant(value=str(name))):
                found.add(name)
            case ast.Call(func=ast.Attribute(attr="pop"), args=[ast.Constant(value=str(name))]):
                found.add(name)
    return found


def _of_target(story: Story, at: int, targets: set[object]) -> bool:
    """Whether a statement changes nothing but the target's column."""
    match story.node(at):
        case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=name))]):
            return name in targets
        case ast.Assign(value=ast.Call(func=ast.Attribute(attr="pop"))):
            return True
    return False
