"""How far a cell only looks at what was predicted: measures of it, tables of it beside the truth."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from nbforge.notebook.callee import path_name
from nbforge.notebook.shown import shown, unrounded

MEASURES = re.compile(r"score|error|loss|report|matrix|crosstab|accuracy|auc|mse|mae")
_TRUE = re.compile(r"(?i)actual|true|truth|observed|y_test")
_PREDICTED = re.compile(r"(?i)pred|y_hat|yhat")
_PREDICTION = re.compile(r"(?i)(^|_)(y?preds?|predictions?|predicted|y?hat)(_|$)")


def compares(nodes: Sequence[ast.stmt]) -> bool:
    """Whether a cell ends with a table of what was predicted beside what is true, to look at."""
    ends = [nodes[-1].value] if isinstance(nodes[-1], ast.Assign) else list(shown(nodes[-1]))
    bound = dict(assigned(nodes))
    for item in map(unrounded, ends):
        match bound.get(item.id) if isinstance(item, ast.Name) else item:
            case ast.Call(func=ast.Attribute(attr="DataFrame"), args=[ast.Dict(keys=keys), *_]):
                titles = [str(key.value) for key in keys if isinstance(key, ast.Constant)]
                if any(_TRUE.search(title) for title in titles) and any(_PREDICTED.search(title) for title in titles):
                    return True
    return False


def measures(value: ast.AST) -> bool:
    """Whether anything in an expression or a statement is a measure."""
    return any(MEASURES.search(path_name(node)) for node in ast.walk(value) if isinstance(node, ast.Call))


def measured(calls: Sequence[ast.Call]) -> list[ast.expr]:
    """What is given to those of ``calls`` that measure."""
    return [item for call in calls if MEASURES.search(path_name(call)) for item in call.args]


def compared(nodes: Sequence[ast.stmt]) -> list[str]:
    """The names of predictions that another cell made and this one measures."""
    inside = [node for top in nodes for node in ast.walk(top)]
    own = {node.id for node in inside if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    given = measured([node for node in inside if isinstance(node, ast.Call)])
    names = [item.id for item in given if isinstance(item, ast.Name) and item.id not in own]
    return [name for name in names if _PREDICTION.search(name)]


def assigned(nodes: Sequence[ast.stmt]) -> list[tuple[str, ast.expr]]:
    """The names that statements bind to a value by itself, with the value."""
    found = [(target, node.value) for node in nodes if isinstance(node, ast.Assign) for target in node.targets]
    return [(target.id, value) for target, value in found if isinstance(target, ast.Name)]
