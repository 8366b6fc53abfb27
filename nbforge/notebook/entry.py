"""Where scoring starts, and the names that the tagged cells give."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from nbforge.errors import NotebookError
from nbforge.notebook.callee import path_name
from nbforge.notebook.derived import derived
from nbforge.notebook.measuring import assigned, compared, compares, measured, measures
from nbforge.notebook.scope import bindings, walk_body
from nbforge.notebook.shown import shown, told, unrounded
from nbforge.notebook.source import Source
from nbforge.notebook.sums import collected, gathered, sums
from nbforge.values import Cell, EntryPoint, Notebook

_PREDICTS = re.compile(r"predict|classify|forecast|infer|recommend")
_NAMED = re.compile(r"(?i)(^|_)(preds?|predictions?|predicted|y?hat)$")
"""Names that say that they hold a prediction, whatever computes it."""
_ANSWERS = re.compile(r"(?i)prob|pred|logit|score|y_?hat|threshold")
"""Parameters that are given what a model answered."""
_ANSWERING = frozenset({"fit", "decision_function", "inverse_transform", "score_samples", "transform"})
_VALUES = frozenset(
    {"DataFrame", "Series", "argmax", "array", "concat", "exp", "expm1", "predict_proba", "round", "where"}
)
_DISPLAYS = (ast.BinOp, ast.Compare, ast.Dict, ast.DictComp, ast.List, ast.ListComp, ast.Tuple)


def check_predict_cells(notebooks: Sequence[Notebook]) -> None:
    """Raise unless one cell is tagged ``nbforge:predict``, or none is and a notebook saves a stage."""
    found = [
        cell
        for notebook in notebooks
        for cell in notebook.cells
        if "predict" in cell.roles and "skip" not in cell.roles
    ]
    if len(found) > 1:
        first, second = found[:2]
        where = f"cell {first.index}"
        if first.notebook != second.notebook:
            where = f"{notebooks[first.notebook].path.name}, {where}"
        raise NotebookError(
            f"two cells are tagged `nbforge:predict`: {where} and cell {second.index}.",
            remedy="Remove the tag from all but one of them.",
            code="two-predict-cells",
            notebook=notebooks[second.notebook].path.name,
            cell=second.index,
        )
    if not found and not any(notebook.stage for notebook in notebooks):
        raise NotebookError(
            "no cell is tagged `nbforge:predict`.",
            remedy="Tag the cell that predicts with `nbforge:predict`, or begin it with the line `# nbforge: predict`.",
            code="no-predict-cell",
            notebook=notebooks[-1].path.name if notebooks else None,
        )


def entry_point(cell: Cell, source: Source, file: str) -> EntryPoint:
    """What the last statement of the predict cell is, with the earlier ones that may answer in its place."""
    if not source.pieces:
        raise NotebookError(
            "the cell tagged `nbforge:predict` has no code.",
            remedy="End it with a function, an estimator, or an expression that predicts.",
            code="empty-predict-cell",
            notebook=file,
            cell=cell.index,
        )
    nodes = [piece.node for piece in source.pieces]
    last = None if compares(nodes) else _last(cell, nodes)
    named = {last.name, last.call} if last else set()
    asking = {node.id for node in ast.walk(nodes[-1]) if isinstance(node, ast.Name)} if _asks(nodes[-1]) else None
    earlier = tuple(
        found for found in _earlier(cell, nodes) if found.name not in named and (asking is None or found.name in asking)
    )
    if last:
        return replace(last, earlier=earlier, told=told(nodes))
    if earlier:
        return replace(earlier[0], earlier=earlier[1:], told=told(nodes))
    # In a loop or a branch: what that leaves, only the run shows.
    if any(_answers(node) or _measures_a_model(node) for node in nodes):
        return EntryPoint(cell.notebook, cell.index, "assignment", told=told(nodes))
    raise NotebookError(
        "the last statement of the cell tagged `nbforge:predict` gives no prediction.",
        remedy="End the cell with a function, an estimator, or an expression that predicts.",
        code="no-prediction",
        notebook=file,
        cell=cell.index,
    )


def _last(cell: Cell, nodes: Sequence[ast.stmt]) -> EntryPoint | None:
    here = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    match nodes[-1]:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return EntryPoint(cell.notebook, cell.index, "def", name=name)
        case ast.Expr(value=ast.Name(id=name)):
            return EntryPoint(cell.notebook, cell.index, "expression", name=name, receiver=_asked_before(name, nodes))
        case ast.Expr(value=value):
            return EntryPoint(
                cell.notebook,
                cell.index,
                "expression",
                call=_called(value, here),
                receiver=_receiver(value),
                attribute=isinstance(value, ast.Attribute),
            )
        case (
            ast.Assign(targets=[target, *_], value=value)
            | ast.AnnAssign(target=target, value=ast.expr() as value)
            | ast.AugAssign(target=target, value=value)
        ):
            return EntryPoint(
                cell.notebook,
                cell.index,
                "assignment",
                name=_first_name(target),
                call=_called(value, here),
                receiver=_receiver(value),
            )
        case ast.For() as loop if filled := collected(loop, assigned(nodes)) or _summed(loop):
            return EntryPoint(cell.notebook, cell.index, "assignment", name=filled)
    return None


def _asked_before(name: str, nodes: Sequence[ast.stmt]) -> str | None:
    """What ``.predict`` was called on where the cell bound a name that it ends with, to show it."""
    for node in reversed(nodes[:-1]):
        match node:
            case ast.Assign(targets=[ast.Name(id=bound)], value=value) if bound == name:
                return _receiver(value)
    return None


def _summed(loop: ast.For) -> str | None:
    """What a loop adds up of its models' answers; what measures them is no answer."""
    found = {name for name, value in sums(loop) if not measures(value)}
    return found.pop() if len(found) == 1 else None


def _earlier(cell: Cell, nodes: Sequence[ast.stmt]) -> Iterator[EntryPoint]:
    """Statements before the last whose value is still there when the cell has run, and that predict or fit.

    A cell often goes on after its prediction, to measure or to show it. Where it does nothing but that, the model that
    it measures is what predicts; where no model is asked, what is called a prediction.
    """
    seen: set[str | None] = set()
    asked = _made_of_answers(nodes)
    models = {model for node in nodes if isinstance(node, ast.Expr | ast.Assign) and (model := _measured(node.value))}
    for node in reversed([node for node in nodes[:-1] if not models or not _transforms(node)]):
        match node:
            case ast.FunctionDef(name=name) as function if _PREDICTS.search(name) and not _takes_answers(function):
                found = EntryPoint(cell.notebook, cell.index, "def", name=name)
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _predicts(value, asked):
                found = EntryPoint(cell.notebook, cell.index, "assignment", name=name, receiver=_receiver(value))
            case ast.Assign(targets=[ast.Tuple(elts=[ast.Name(id=name), *_])], value=ast.Call() as value) if (
                _PREDICTS.search(path_name(value)) and not _measured(value)
            ):
                found = EntryPoint(cell.notebook, cell.index, "assignment", name=name, receiver=_receiver(value))
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="fit"))):
                found = EntryPoint(cell.notebook, cell.index, "assignment", name=name)
            case ast.For() as loop if summed := _summed(loop):
                found = EntryPoint(cell.notebook, cell.index, "assignment", name=summed)
            case _:
                continue
        if found.name not in seen:
            seen.add(found.name)
            yield found
    models = models or _predicting(nodes)
    if not seen and len(models) == 1:
        yield EntryPoint(cell.notebook, cell.index, "assignment", name=models.pop())
    elif not seen and (kept := _kept_answers(nodes, models)):
        yield EntryPoint(cell.notebook, cell.index, "assignment", name=kept)


def _kept_answers(nodes: Sequence[ast.stmt], models: Collection[str]) -> str | None:
    """What a cell calls a prediction, or measures as one; or else what it binds and shows as it is, where it asks no
    model: it may be made of what another cell asked.
    """
    bound = {name for name, value in assigned(nodes) if not measures(value)}
    shows = [] if models else [text for _, text in reversed(told(nodes)) if text in bound]
    named = [name for name, _ in assigned(nodes) if _NAMED.search(name)] or compared(nodes) or shows
    return named[-1] if named else None


def _takes_answers(function: ast.FunctionDef) -> bool:
    """Whether a function makes something of answers, ``labels_of(y_proba, threshold=0.5)``: it takes no rows."""
    first = [*function.args.posonlyargs, *function.args.args][:1]
    return any(_ANSWERS.search(each.arg) for each in first)


def _made_of_answers(nodes: Sequence[ast.stmt]) -> set[str]:
    """The names that a cell binds to what models answer, or to what it makes of that."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.For):
            found |= {name for name, value in gathered(node) if not measures(value)}
        found |= {name for name, value in assigned([node]) if _predicts(value, found)}
    return found


def _predicts(value: ast.expr, answers: Collection[str]) -> bool:
    """Whether a value is what a model answers, or is made of ``answers``."""
    return (_answers(value) and not _measured(value)) or derived(value, answers)


def _transforms(node: ast.stmt) -> bool:
    """Whether a statement makes what a model is then measured on."""
    return isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and path_name(node.value) == "transform"


def _predicting(nodes: Sequence[ast.stmt]) -> set[str]:
    """The models whose predictions a cell prints, if it prints all of them as they are."""
    found = set()
    for item in (item for node in nodes for item in shown(node)):
        if _answers(item):
            model = _receiver(unrounded(item))
            if model is None or not model.isidentifier():
                return set()
            found.add(model)
    return found


def settled(node: ast.stmt) -> bool:
    """Whether the predict cell's last statement binds a value that is the prediction: what others do to it later is
    no part of it, as it would be of a function or an estimator.
    """
    match node:
        case ast.Assign(value=ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name))):
            return name in _VALUES
        case ast.Assign(value=value):
            return isinstance(value, _DISPLAYS)
    return False


def _answers(value: ast.AST) -> bool:
    """Whether an expression or a statement asks a model, or fits one."""
    names = (path_name(node) for node in ast.walk(value) if isinstance(node, ast.Call))
    return any(name in _ANSWERING or _PREDICTS.search(name) for name in names)


def _measures_a_model(statement: ast.stmt) -> bool:
    """Whether a statement measures one, cross-validates it, or gives it to a function of the notebook, maybe: the run
    tells which, and whether it was fitted.
    """
    calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)]
    own = any(isinstance(node.func, ast.Name) and node.func.id not in vars(builtins) and node.args for node in calls)
    return own or measures(statement) or any(path_name(node).startswith("cross_val") for node in calls)


def _asks(node: ast.stmt) -> bool:
    """Whether a statement binds what some model predicts: no other model than its own can stand for it."""
    if not isinstance(node, ast.Assign) or _measured(node.value):
        return False
    match node.value:
        case ast.Call(func=ast.Attribute(attr="transform" | "inverse_transform"), args=given):  # of the truth, say
            return any(map(_answers, given))
    return _answers(node.value)


def _called(value: ast.expr, here: set[str]) -> str | None:
    while isinstance(value, ast.Await):
        value = value.value
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in here:
        return value.func.id
    return None


def _receiver(value: ast.expr) -> str | None:
    """What ``.predict`` is called on, where looking it up again does nothing: a name, or what a name holds.

    The prediction may be put into another container.
    """
    match value:
        case ast.Call(func=ast.Attribute(value=receiver, attr="predict" | "predict_proba")):
            return _model(receiver)
        case ast.Call(func=ast.Attribute(value=inner, attr="tolist" | "to_list" | "ravel" | "flatten"), args=[]):
            return _receiver(inner)
        case ast.Call(args=[inner, *_]) if path_name(value) in ("Series", "array", "asarray", "list"):
            return _receiver(inner)
    return None


def _model(receiver: ast.expr) -> str | None:
    """``fit`` of an estimator gives the estimator."""
    match receiver:
        case ast.Call(func=ast.Attribute(value=inner, attr="fit")):
            return _model(inner)
    inner = receiver
    while isinstance(inner, ast.Attribute) or (
        isinstance(inner, ast.Subscript) and isinstance(inner.slice, ast.Constant)
    ):
        inner = inner.value
    return ast.unparse(receiver) if isinstance(inner, ast.Name) else None


def _measured(value: ast.expr) -> str | None:
    """The one model that an expression measures: by its predictions as they are, or by its ``score``."""
    calls = [node for node in ast.walk(value) if isinstance(node, ast.Call)]
    methods = [(call, call.func) for call in calls if isinstance(call.func, ast.Attribute)]
    given = measured(calls)
    models = {_receiver(item) for item in given} | {_model(f.value) for _, f in methods if f.attr == "score"}
    models |= {_model(call.args[0]) for call, f in methods if f.attr == "from_estimator" and call.args}
    found = sorted(model for model in models if model and model.isidentifier())
    asked = [call for call, function in methods if _PREDICTS.search(function.attr)]
    return found[0] if len(found) == 1 and all(call in given for call in asked) else None


def _first_name(target: ast.expr) -> str | None:
    return next((node.id for node in ast.walk(target) if isinstance(node, ast.Name)), None)


def bound_names(source: Source) -> list[str]:
    """The names that a cell binds at notebook level, in order of their last binding."""
    order: dict[str, None] = {}
    for child in walk_body([piece.node for piece in source.pieces]):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
            continue
        for name in sorted(bindings(child)):
            if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Del):
                order.pop(name, None)
                continue
            order.pop(name, None)
            order[name] = None
    return list(order)


def value_names(source: Source) -> list[str]:
    """The names that the last expression of a cell evaluates to: a name, or a tuple or list of names."""
    if not source.pieces or not isinstance(source.pieces[-1].node, ast.Expr):
        return []
    value = source.pieces[-1].node.value
    items = value.elts if isinstance(value, ast.Tuple | ast.List) else [value]
    return [item.id for item in items if isinstance(item, ast.Name)]
