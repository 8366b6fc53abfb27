"""Which cell can say what a prediction is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from nbforge.notebook.suggestions import rows, words
from nbforge.notebook.suggestions.models import Model
from nbforge.notebook.suggestions.replay import replayed
from nbforge.notebook.suggestions.rows import Way
from nbforge.notebook.suggestions.story import Function, Story
from nbforge.notebook.sums import sums

_NAMED = re.compile(r"predict|scor|classif|infer|forecast|recommend|estimat|serve", re.IGNORECASE)
_SCALARS = frozenset({"int", "float", "str", "bool", "date", "datetime"})
_MEASURES = re.compile(r"eval|plot|show|report|test|cross|accuracy|metric", re.IGNORECASE)

Takes = Literal["rows", "features", "values"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A predict cell. ``source`` is set for one that has to be added.

    ``takes``: raw rows that it transforms itself, rows as the model was fitted on, or values that are no rows of a
    table.
    """

    cell: int | None
    reason: str
    confidence: Literal["high", "medium"]
    takes: Takes = "features"
    source: str | None = None


def candidates(story: Story, model: Model, found: Way) -> Iterator[Candidate]:
    """Cells that can be the predict cell as they are, the best first."""
    yield from _functions(story, model)
    yield from _sums(story, model)
    yield from _forecasts(story, model)
    if _ahead(story, model) is not None:
        return
    written = replayed(story, model, found)
    if _needs_no_more(model, found, written):
        yield from _bare_names(story, model)
        yield from _expressions(story, model, found, None)
        yield from _fitting_cells(story, model)
    elif written is not None:
        yield from _expressions(story, model, found, written)
    yield from _of_parts(story, model, found)


def addition(story: Story, model: Model, found: Way) -> Candidate | None:
    """The cell to add at the end: the model alone or, where rows are transformed after the split, all that it takes."""
    ahead = _ahead(story, model)
    if ahead is not None:
        return Candidate(
            None, f"it forecasts with `{model.name}`, {_fitted_and(story, model)}", "high", "values", ahead
        )
    written = replayed(story, model, found)
    if _needs_no_more(model, found, written):
        return Candidate(None, f"it is `{model.name}`, {_fitted_and(story, model)}", "high", source=model.name)
    if written is None:
        return None
    text = f"{model.name}.predict({ast.unparse(written)})"
    reason = (
        f"cell {story.steps[model.fitted].cell} fits `{model.name}` on what was made of the rows after their split; "
        "this does the same with all rows"
    )
    return Candidate(None, reason, "medium", source=text)


def _needs_no_more(model: Model, found: Way, written: ast.expr | None) -> bool:
    """Whether the fitted object takes rows as some variable holds them before the split."""
    if model.data is None or found.whole is None:
        return True
    if written is None or found.split in (None, model.given):
        return not found.after_split and rows.selects(model.data)
    while isinstance(written, ast.Subscript):  # columns, which the model finds by their names
        if ast.dump(written) == ast.dump(found.whole):
            break
        written = written.value
    return ast.dump(written) == ast.dump(found.whole)


def _fitted_and(story: Story, model: Model) -> str:
    """What the notebook does with a model, as a clause about it."""
    fitted = story.steps[model.fitted].cell
    cells = sorted({story.steps[at].cell for at in model.asked} - {fitted})
    if model.saved is not None:
        return f"which cell {fitted} fits and cell {story.steps[model.saved].cell} saves"
    if cells:
        return f"which cell {fitted} fits and cell {cells[-1]} asks for predictions"
    return f"which cell {fitted} fits"


def _functions(story: Story, model: Model) -> Iterator[Candidate]:
    """Functions that ask the model, last one first; those called after what they do before others."""
    found: list[tuple[bool, Candidate]] = []
    for cell in reversed(list(story.code_cells())):
        function = ending(story, cell.index)
        if function is None or not _answers(story, function, model):
            continue
        kind = parameters_kind(function)
        if kind is None or _MEASURES.search(function.name):
            continue
        reason = f"the function `{function.name}` asks `{model.name}` for predictions"
        candidate = Candidate(cell.index, reason, "high", takes(story, function))
        found.append((_NAMED.search(function.name) is None, candidate))
    yield from (candidate for _, candidate in sorted(found, key=lambda each: each[0]))


def _sums(story: Story, model: Model) -> Iterator[Candidate]:
    """The cell that adds up what the models of a loop's turns answer."""
    loop, cell = story.node(model.fitted), story.steps[model.fitted].cell
    names = {name for name, _ in sums(loop)} if isinstance(loop, ast.For) else set()
    if len(names) == 1:
        reason = f"it adds up, as `{min(names)}`, what the models that it fits as `{model.name}` answer"
        yield Candidate(cell, reason, "high")


def one_value(story: Story, model: Model) -> tuple[int, str, str] | None:
    """A function that asks the model about one value that is not annotated: its cell, name and parameter."""
    for cell in reversed(list(story.code_cells())):
        function = ending(story, cell.index)
        if function is None or len(function.args.args) != 1 or function.args.args[0].annotation is not None:
            continue
        parameter = function.args.args[0].arg
        if _answers(story, function, model) and _single(function, parameter):
            return cell.index, function.name, parameter
    return None


def ending(story: Story, index: int) -> Function | None:
    """The function that a cell ends with: its ``def``, or a call of a ``def`` of the same cell."""
    here = {node.name: node for node in map(story.node, story.of_cell(index)) if isinstance(node, ast.FunctionDef)}
    match story.last_of(index):
        case ast.FunctionDef() as node:
            return node
        case ast.Expr(value=ast.Call(func=ast.Name(id=name))) | ast.Assign(value=ast.Call(func=ast.Name(id=name))):
            return here.get(name)
        case ast.Expr(value=ast.Name(id=name)):
            return here.get(name)
    return None


def takes(story: Story, function: Function) -> Takes:
    """What a function has to be given."""
    if parameters_kind(function) == "values":
        return "values"
    return "rows" if _prepares(function, story) else "features"


def gives_back(function: Function) -> bool:
    """Whether a function returns anything."""
    return any(isinstance(child, ast.Return) and child.value is not None for child in ast.walk(function))


def _answers(story: Story, function: Function, model: Model, depth: int = 3) -> bool:
    """Whether a function asks the model, itself or through another one, and gives something back."""
    local = {each.arg for each in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)}
    returns = gives_back(function)
    if not returns or not local or model.name in local:
        return False
    for child in ast.walk(function):
        match child:
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name == model.name:
                if words.within(attribute, "predicts"):
                    return True
            case ast.Call(func=ast.Name(id=name)) if depth and name in story.functions and name != function.name:
                if _answers(story, story.functions[name], model, depth - 1):
                    return True
    return False


def parameters_kind(function: Function) -> Literal["rows", "values"] | None:
    """Whether a function takes a table or values; ``None`` where a service cannot tell what to give it."""
    parameters = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    required = parameters[: len(parameters) - len(function.args.defaults)] if function.args.defaults else parameters
    scalar = [each for each in parameters if each.annotation is not None and _scalar(each.annotation)]
    if scalar:
        return "values" if all(each in scalar for each in required) else None
    if len(required) != 1 or _single(function, required[0].arg):
        return None
    return "rows"


def _scalar(annotation: ast.expr) -> bool:
    return bool(words.names(annotation) & _SCALARS) or ast.unparse(annotation).startswith(("Literal", "typing.Literal"))


def _single(function: Function, name: str) -> bool:
    """Whether a parameter is one value, put into a list to be asked about."""
    return any(
        isinstance(child, ast.List) and any(isinstance(each, ast.Name) and each.id == name for each in child.elts)
        for child in ast.walk(function)
    )


def _prepares(function: Function, story: Story) -> bool:
    """Whether a function transforms what it is given before it asks."""
    for child in ast.walk(function):
        if isinstance(child, ast.Assign) and isinstance(child.targets[0], ast.Subscript):
            return True
        if isinstance(child, ast.Call):
            name = words.called(child)
            if name in story.functions or name in {"transform", "get_dummies", "assign", "map", "fillna"}:
                return True
    return False


def _bare_names(story: Story, model: Model) -> Iterator[Candidate]:
    """Cells that end with the name of the model, and the one that gives it the name."""
    for cell in reversed(list(story.code_cells())):
        steps = story.of_cell(cell.index)
        if not steps or steps[-1] < model.at:
            continue
        match story.last_of(cell.index):
            case ast.Expr(value=ast.Name(id=name)) if name == model.name and len(steps) <= 2:
                yield Candidate(cell.index, f"it ends with `{name}`, {_fitted_and(story, model)}", "high")
    if model.at != model.fitted and story.of_cell(story.steps[model.at].cell)[-1] == model.at:
        cell_index = story.steps[model.at].cell
        yield Candidate(cell_index, f"it ends with the fitted `{model.name}`", "high")


def _expressions(story: Story, model: Model, found: Way, written: ast.expr | None) -> Iterator[Candidate]:
    """Cells that end with predictions for all rows, not for the test rows; made of them as ``written``, where given."""
    for cell in reversed(list(story.code_cells())):
        steps = story.of_cell(cell.index)
        value = _value(story.last_of(cell.index))
        if not steps or steps[-1] < model.at or not isinstance(value, ast.Call) or not value.args:
            continue
        match value.func:
            case ast.Attribute(value=ast.Name(id=name), attr=attribute):
                known = name == model.name and words.within(attribute, "predicts")
            case _:
                known = False
        known = known and (written is None or ast.dump(value.args[0]) == ast.dump(written))
        if known and _whole_rows(story, steps[-1], value.args[0], found):
            reason = f"it asks `{model.name}`, which cell {story.steps[model.fitted].cell} fits, about all rows"
            yield Candidate(cell.index, reason, "high")


def _of_parts(story: Story, model: Model, found: Way) -> Iterator[Candidate]:
    """Cells that ask about some of the rows, such as the test rows: a service makes all of them as these were made."""
    for at in reversed(model.asked):
        for call in words.calls(story.node(at)):
            match call.func:
                case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name == model.name and call.args:
                    known = words.within(attribute, "predicts")
                case _:
                    known = False
            if known and set(rows.way(story, at, call.args[0]).steps) & set(found.before_split):
                fitted, cell = story.steps[model.fitted].cell, story.steps[at].cell
                reason = (
                    f"it asks `{model.name}`, which cell {fitted} fits, about rows that are made as those of the fit"
                )
                yield Candidate(cell, reason, "medium")


def _forecasts(story: Story, model: Model) -> Iterator[Candidate]:
    """Cells that end with what the model forecasts: how far ahead is what a client says."""
    for cell in reversed(list(story.code_cells())):
        last = story.last_of(cell.index)
        value = _value(last)
        if isinstance(last, ast.Expr) and isinstance(value, ast.Name) and story.of_cell(cell.index)[1:]:
            value = story.bound_to(story.of_cell(cell.index)[-1], value.id)
        match value:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr), keywords=keywords) if (
                name == model.name
                and (
                    words.within(attr, "forecasts")
                    or any(words.within(each.arg or "", "horizons") for each in keywords)
                )
            ):
                yield Candidate(cell.index, f"it forecasts with `{model.name}`", "high", "values")


def _ahead(story: Story, model: Model) -> str | None:
    """How a model of a series is asked for what comes: by its own method, pmdarima's fit takes the series."""
    node = story.node(model.fitted)
    bound = (story.bound_to(model.fitted, name) for name in words.names(node))
    calls = [*words.calls(node), *(each for each in bound if isinstance(each, ast.Call))]
    if not any(words.within(words.called(call), "forecasters") for call in calls):
        return None
    fits = [call for call in words.calls(node) if words.called(call) == "fit"]
    periods = any(call.args or (call.keywords and call.keywords[0].arg == "y") for call in fits) or not fits
    return f"{model.name}.{'predict(n_periods=10)' if periods else 'forecast(steps=10)'}"


def _value(node: ast.stmt | None) -> ast.expr | None:
    match node:
        case ast.Expr(value=value) | ast.Assign(targets=[ast.Name()], value=value):
            return value
    return None


def _whole_rows(story: Story, at: int, asked: ast.expr, found: Way) -> bool:
    """Whether ``asked`` is made of the rows that the model was fitted on, none of them left out."""
    own = rows.way(story, at, asked)
    return own.split is None and bool(set(own.steps) & set(found.before_split))


def _fitting_cells(story: Story, model: Model) -> Iterator[Candidate]:
    """A cell that ends with the fit: what it evaluates to is the fitted model."""
    index = story.steps[model.fitted].cell
    node = story.last_of(index)
    value = _value(node)
    if story.of_cell(index)[-1] != model.fitted or not isinstance(value, ast.Call) or model.looped:
        return
    named = isinstance(node, ast.Assign)
    if named or (isinstance(value.func, ast.Attribute) and words.within(value.func.attr, "fits")):
        yield Candidate(index, f"it ends with the fit of `{model.name}`, {_used(story, model)}", "medium")


def _used(story: Story, model: Model) -> str:
    cells = sorted({story.steps[at].cell for at in model.asked})
    return f"which cell {cells[-1]} asks for predictions" if cells else "the last model that the notebook fits"
