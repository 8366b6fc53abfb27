"""From loading a table to fitting on it: the statements in between, and what they do to the rows."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator
from dataclasses import dataclass

from nbforge.notebook.suggestions import looking, words
from nbforge.notebook.suggestions.story import Story

_ASKING = frozenset({"transform", "fit_transform", "inverse_transform", "predict", "predict_proba", "fit_resample"})

_DROPS = frozenset({"drop", "drop_duplicates", "dropna", "query"})


@dataclass(frozen=True, slots=True)
class Way:
    """How the rows that a model is fitted on come about.

    Attributes:
        steps: the statements, in order, without those that only make the target.
        names: by statement, the names that hold the rows after it.
        split: the first statement that takes rows apart for training and testing.
        whole: what goes into the split, or into the fit where there is no split, as written there.
    """

    steps: tuple[int, ...]
    names: dict[int, frozenset[str]]
    split: int | None
    whole: ast.expr | None
    whole_at: int

    @property
    def before_split(self) -> tuple[int, ...]:
        """The statements that work on all rows."""
        return tuple(at for at in self.steps if self.split is None or at < self.split)

    @property
    def after_split(self) -> tuple[int, ...]:
        """The statements between the split and the fit."""
        return tuple(at for at in self.steps if self.split is not None and at > self.split)


def way(story: Story, at: int, data: ast.expr | None) -> Way:
    """The way of the rows that the statement ``at`` takes as ``data``."""
    names: dict[int, frozenset[str]] = {}
    splits: dict[int, ast.expr] = {}
    waiting = [(at, name) for name in carried(data)] if data is not None else []
    seen: set[tuple[int, str]] = set()
    while waiting:
        reader, name = waiting.pop()
        source = story.steps[reader].before.get(name) if reader < 0 else story.maker(reader, name)
        _follow(story, source, name, names, splits, waiting, seen)
    split = min(splits, default=None)
    cut = data is not None and _cuts(data) and not splits
    whole = splits[split] if split is not None else data
    return Way(tuple(sorted(names)), names, at if cut else split, whole, split if split is not None else at)


def _follow(
    story: Story,
    source: int | None,
    name: str,
    names: dict[int, frozenset[str]],
    splits: dict[int, ast.expr],
    waiting: list[tuple[int, str]],
    seen: set[tuple[int, str]],
) -> None:
    """Go on from the statement that made ``name`` what it is, and from those before it that it builds on."""
    source = looking.changing(story, source, name)
    while source is not None and (source, name) not in seen and source in story.rows:
        seen.add((source, name))
        names[source] = names.get(source, frozenset()) | {name}
        node = story.node(source)
        part = split_part(node, name)
        if part is not None:
            splits[source] = part
            waiting += [(source, each) for each in carried(part)]
            return
        effects = story.steps[source].effects
        in_place = name in effects.updates and name not in effects.defines
        changed = effects.updates if in_place else set()  # `for part in [train, test]: ...`
        waiting += [(source, each) for each in sorted(_carried_by(node) - changed)]
        if name in effects.defines:
            return
        source = looking.changing(story, story.steps[source].before.get(name), name)


def _carried_by(node: ast.stmt) -> set[str]:
    match node:
        case ast.Assign(value=value) | ast.AugAssign(value=value):
            return carried(value)
    return words.names(node)


def carried(node: ast.expr) -> set[str]:
    """The names in an expression that may hold its rows: not what is called, nor a fitted object that is asked."""
    found: set[str] = set()
    waiting: list[ast.AST] = [node]
    while waiting:
        match waiting.pop():
            case ast.Call(func=func, args=args, keywords=keywords):
                method = func.attr if isinstance(func, ast.Attribute) else ""
                if method != "drop":  # which rows or columns are left out carries none
                    waiting += [*args, *(keyword.value for keyword in keywords)]
                if isinstance(func, ast.Attribute) and method not in _ASKING:
                    waiting.append(func.value)
            case ast.Subscript(value=base):
                waiting.append(base)  # which rows or columns are chosen carries none
            case ast.Name(id=name):
                found.add(name)
            case ast.Lambda():
                pass
            case other:
                waiting += list(ast.iter_child_nodes(other))
    return found


def split_part(node: ast.stmt, name: str) -> ast.expr | None:
    """What is split into ``name``: ``train_test_split(X, y)``, or rows chosen into a name that says ``train``."""
    match node:
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Call(args=args) as call) if words.within(
            words.called(call), "splits"
        ):
            place = next(
                (at for at, each in enumerate(targets) if isinstance(each, ast.Name) and each.id == name), None
            )
            return args[place // 2] if place is not None and place // 2 < len(args) else None
        case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name and "train" in name.lower():
            whole = _chosen_from(value)
            return whole if whole is not None and target not in words.names(whole) else None
    return None


def _chosen_from(value: ast.expr) -> ast.expr | None:
    """The whole of which ``value`` is some rows."""
    match value:
        case ast.Call(func=ast.Attribute(value=base, attr="copy" | "reset_index" | "sample")):
            return _chosen_from(base) or (base if value.func.attr == "sample" else None)  # type: ignore[attr-defined]
        case ast.Subscript(value=ast.Attribute(value=base, attr="iloc" | "loc"), slice=index):
            first = index.elts[0] if isinstance(index, ast.Tuple) else index
            return base if _some_rows(first) else None
        case ast.Subscript(value=base, slice=index) if _some_rows(index) and not isinstance(index, ast.Name):
            return base
    return None


def _cuts(data: ast.expr) -> bool:
    """Whether an expression takes some of the rows."""
    return any(isinstance(node, ast.Subscript) and _chosen_from(node) is not None for node in ast.walk(data))


def _some_rows(index: ast.expr) -> bool:
    match index:
        case ast.Slice(lower=None, upper=None):
            return False
        case ast.Slice() | ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Invert() | ast.Not()):
            return True
        case ast.BinOp(op=ast.BitAnd() | ast.BitOr()):
            return True
        case ast.Call():
            return words.called(index) in {
                "isin",
                "notna",
                "notnull",
                "isna",
                "isnull",
                "between",
                "contains",
                "duplicated",
            }
        case ast.Name():
            return True
    return False


def changes_rows(story: Story, at: int) -> str | None:
    """What a statement does that no service can repeat for one row, in words; ``None`` where it does nothing such."""
    node = story.node(at)
    for inner in _bodies(story, node):
        unused = {id(child.value) for child in ast.walk(inner) if isinstance(child, ast.Expr)}
        for child in ast.walk(inner):
            found = _call_changes(child, unused) or _subset(story, at, child)
            if found:
                return found
    return None


def only_drops(node: ast.stmt) -> bool:
    """Whether a statement does nothing but leave rows of a table out, which is training's affair: ``df = df.dropna()``.

    A build sees that from what the statement made of the rows, and leaves it out of scoring.
    """
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return _dropped_from(value) == name
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name()), keywords=keywords) as call):
            inplace = any(each.arg == "inplace" for each in keywords)
            return inplace and words.called(call) in _DROPS and not _on_columns(call)
    return False


def _dropped_from(value: ast.expr) -> str | None:
    """The name of the table of which an expression is some rows, whole."""
    match value:
        case ast.Call(func=ast.Attribute(value=base, attr=method)) if method in _DROPS and not _on_columns(value):
            return base.id if isinstance(base, ast.Name) else _dropped_from(base)
        case ast.Call(func=ast.Attribute(value=base, attr="reset_index" | "copy")):
            return _dropped_from(base)
        case ast.Subscript(value=ast.Name(id=name), slice=index) if _some_rows(index) and not isinstance(
            index, ast.Name
        ):
            return name
    return None


def _bodies(story: Story, node: ast.stmt) -> Iterator[ast.AST]:
    """The statement, and the functions of the notebook that it calls."""
    yield node
    for call in words.calls(node):
        if isinstance(call.func, ast.Name) and call.func.id in story.functions:
            yield story.functions[call.func.id]


def _call_changes(node: ast.AST, unused: Container[int]) -> str | None:
    name = words.called(node)
    if not isinstance(node, ast.Call) or not name:
        return None
    if words.within(name, "drops_rows") and not _on_columns(node):
        return "drops rows"
    if name == "drop" and not _on_columns(node) and isinstance(node.func, ast.Attribute):
        return "drops rows"
    if words.within(name, "joins_rows") and id(node) not in unused:
        text = name == "join" and _joins_text(node)
        return None if text or _on_columns(node) else "puts rows together"
    if words.within(name, "looks_at_neighbours") and isinstance(node.func, ast.Attribute):
        return "lets rows depend on each other"
    if name == "agg" or (name == "transform" and "groupby" in ast.unparse(node.func)):
        return "lets rows depend on each other"
    return None


def _joins_text(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Constant | ast.JoinedStr)


def _on_columns(node: ast.Call) -> bool:
    for keyword in node.keywords:
        if keyword.arg == "columns":
            return True
        if keyword.arg == "axis" and isinstance(keyword.value, ast.Constant):
            return keyword.value.value in {1, "columns"}
    return words.called(node) == "drop" and len(node.args) > 1 and ast.unparse(node.args[1]) in {"1", "'columns'"}


def _subset(story: Story, at: int, node: ast.AST) -> str | None:
    """``df = df[df.a > 0]``: some rows, chosen by a condition or a slice."""
    statement = story.node(at)
    if not isinstance(statement, ast.Assign) or not isinstance(node, ast.Subscript) or node is not statement.value:
        return None
    index = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) and node.slice.elts else node.slice
    if isinstance(index, ast.Name):
        bound = story.bound_to(at, index.id)
        return (
            "keeps some rows" if bound is not None and not isinstance(bound, ast.Name) and _some_rows(bound) else None
        )
    return "keeps some rows" if _chosen_from(node) is not None else None


def stacks(story: Story, way: Way) -> bool:
    """Whether two tables are put on each other, to be transformed together, and cut apart again."""
    put = next((at for at in way.steps if any(map(_puts_on, words.calls(story.node(at))))), None)
    return put is not None and any(_cuts_off(story.node(at)) for at in way.steps if at > put)


def _puts_on(call: ast.Call) -> bool:
    match call:
        case ast.Call(args=[ast.List(elts=[_, _]) | ast.Tuple(elts=[_, _]), *_]) if words.called(call) == "concat":
            return not _on_columns(call)
    return False


def _cuts_off(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and any(
        isinstance(each, ast.Subscript) and isinstance(each.slice, ast.Slice) and _some_rows(each.slice)
        for each in ast.walk(node.value)
    )


def only_selects(node: ast.stmt) -> bool:
    """Whether a statement only chooses columns, or gives what is there another name."""
    match node:
        case ast.Assign(value=value):
            return selects(value)
        case ast.Expr(value=value):
            return selects(value)
        case ast.Delete():
            return True
    return False


def selects(value: ast.expr) -> bool:
    """Whether an expression only chooses rows and columns of a variable."""
    match value:
        case ast.Name() | ast.Constant():
            return True
        case ast.Attribute(value=base):
            return selects(base)
        case ast.Subscript(value=base):
            return selects(base)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return all(selects(part) for part in parts)
        case ast.Call(func=ast.Attribute(value=base, attr=attribute)):
            return words.within(attribute, "selects") and selects(base)
    return False
