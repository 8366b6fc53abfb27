"""Cells that say what is around the prediction: parameters, metrics, tests, examples, validation."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbforge.notebook.entry import value_names
from nbforge.notebook.suggestions import words
from nbforge.notebook.suggestions.models import Model
from nbforge.notebook.suggestions.story import Story


def parameters(story: Story, model: Model) -> Iterator[tuple[int, str]]:
    """The first cell that only assigns numbers, texts and the like."""
    for cell in story.code_cells():
        nodes = [story.node(at) for at in story.of_cell(cell.index)]
        if not nodes or story.of_cell(cell.index)[0] > model.fitted:
            return
        names = [name for node in nodes for name in _assigned(node)]
        if len(names) == len(nodes) and any(_used_outside(story, name, cell.index) for name in names):
            yield cell.index, f"it sets {_listed(names)} to plain values, which `-p` could then set for a build"
            return


def _assigned(node: ast.stmt) -> list[str]:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if _constant(value):
            return [name]
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if _constant(value):
            return [name]
    return []


def _constant(value: ast.expr) -> bool:
    """A number, text or truth value, or a short list of them."""
    try:
        literal = ast.literal_eval(value)
    except (ValueError, SyntaxError, TypeError):
        return False
    return isinstance(literal, bool | int | float | str)


def _used_outside(story: Story, name: str, cell: int) -> bool:
    return any(name in step.effects.uses and step.cell != cell for step in story.steps)


def metrics(story: Story, model: Model) -> Iterator[tuple[int, str]]:
    """The last cell that ends with measures of the model: their names, or a dictionary of them."""
    for cell in reversed(list(story.code_cells())):
        steps = story.of_cell(cell.index)
        if not steps or steps[-1] < model.fitted:
            return
        named = value_names(story.flow.cells[cell.index])
        measured = [name for name in named if _measures(story, steps[-1], name)]
        if named and measured == named:
            yield cell.index, f"it ends with {_listed(named)}, measures of how well the model does"
            return
        match story.last_of(cell.index):
            case ast.Expr(value=ast.Dict(keys=keys)) if keys and all(isinstance(key, ast.Constant) for key in keys):
                named = [str(key.value) for key in keys if isinstance(key, ast.Constant)]
                yield cell.index, f"it ends with a dictionary of {_listed(named)}"
                return


def _measures(story: Story, at: int, name: str) -> bool:
    bound = story.bound_to(at, name)
    if bound is None:
        return False
    # np.sqrt(np.mean((predicted - y) ** 2)) measures too: it reduces predictions to one number
    reduced = words.called(bound) in {"float", "round", "sqrt"}
    asked = any(words.within(words.called(child), "predicts") for child in ast.walk(bound))
    return (reduced and asked) or any(words.within(words.called(child), "measures") for child in ast.walk(bound))


def tests(story: Story, model: Model) -> Iterator[tuple[int, str]]:
    """Cells after the fit that assert something."""
    for cell in story.code_cells():
        steps = story.of_cell(cell.index)
        asserted = sum(isinstance(story.node(at), ast.Assert) for at in steps)
        if asserted and steps[-1] > model.fitted and cell.index != story.steps[model.fitted].cell:
            yield cell.index, "it asserts what must hold before anything ships"


def examples(story: Story) -> Iterator[tuple[int, str]]:
    """The last cell that is nothing but records."""
    for cell in reversed(list(story.code_cells())):
        steps = story.of_cell(cell.index)
        match story.last_of(cell.index):
            case ast.Expr(value=ast.List(elts=[first, *_])) if len(steps) == 1 and _record(first):
                yield cell.index, "it holds records like those that clients will send"
                return


def _record(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return words.called(node) == "dict" and bool(node.keywords) and not node.args
    return isinstance(node, ast.Dict) and all(isinstance(key, ast.Constant) for key in node.keys)


def validations(story: Story) -> Iterator[tuple[int, str]]:
    """The last cell that ends with a function of one frame that raises ``ValueError`` and gives nothing back."""
    for cell in reversed(list(story.code_cells())):
        match story.last_of(cell.index):
            case ast.FunctionDef() as function if len(function.args.args) == 1 and _only_refuses(function):
                yield cell.index, f"`{function.name}` refuses rows with a ValueError, which clients would be told"
                return


def _only_refuses(function: ast.FunctionDef) -> bool:
    raised = [child.exc for child in ast.walk(function) if isinstance(child, ast.Raise) and child.exc is not None]
    returns = any(isinstance(child, ast.Return) and child.value is not None for child in ast.walk(function))
    return not returns and any("ValueError" in ast.unparse(each) for each in raised)


def _listed(names: list[str]) -> str:
    shown = [f"`{name}`" for name in names[:3]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
