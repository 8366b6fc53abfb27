"""What a cell makes of a model's answers, one value of each: a blend of two models, the label of a probability."""

from __future__ import annotations

import ast
from collections.abc import Collection

_FUNCTIONS = frozenset(
    {
        *("abs", "argmax", "ceil", "clip", "exp", "expm1", "floor", "maximum", "minimum", "rint", "round", "sqrt"),
        *("square", "where"),
    }
)
_METHODS = frozenset({"argmax", "astype", "clip", "flatten", "ravel", "reshape", "round", "squeeze"})
_BLENDS = frozenset({"average", "max", "mean", "median", "min", "mode", "sum"})
"""What makes one of several answers, where it says along which axis they stand."""
_BESIDE = frozenset({"array", "asarray", "column_stack", "hstack", "stack", "vstack"})


def derived(value: ast.expr, answers: Collection[str]) -> bool:
    """Whether a value is made of ``answers`` and of figures, and of nothing else."""
    names = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}
    return bool(names & set(answers)) and _made(value, answers)


def _made(value: ast.expr, answers: Collection[str]) -> bool:
    match value:
        case ast.Constant():
            return True
        case ast.Name(id=name):
            return name in answers
        case ast.BinOp(left=left, right=right):
            return _made(left, answers) and _made(right, answers)
        case ast.Compare(left=left, comparators=others):
            return all(_made(each, answers) for each in (left, *others))
        case ast.UnaryOp(operand=inner) | ast.Subscript(value=inner):
            return _made(inner, answers)
        case ast.List(elts=given) | ast.Tuple(elts=given):
            return all(_made(each, answers) for each in given)
        case ast.Call(func=ast.Attribute(value=ast.Name(id=module), attr=name), args=given) if module not in answers:
            known = name in _FUNCTIONS | _BESIDE or _blends(value, name)
            return known and all(_made(each, answers) for each in given)
        case ast.Call(func=ast.Attribute(value=inner, attr=name)):
            return (name in _METHODS or _blends(value, name)) and _made(inner, answers)
    return False


def _blends(call: ast.Call, name: str) -> bool:
    return name in _BLENDS and any(each.arg == "axis" for each in call.keywords)
