"""What the text of a statement says about the way that a run takes through it."""

from __future__ import annotations

import ast

from nbforge.notebook.surroundings import whole

_LEAVES = ast.Return | ast.Raise | ast.Break | ast.Continue
CATCHES = frozenset({"redirect_stdout", "redirect_stderr", "capture_output"})
"""Context managers that take what is printed."""
RESTORES = {"catch_warnings": "warnings", "errstate": "numpy", "config_context": "sklearn"}
"""Context managers that leave the settings of a library as they found them."""


def context_name(node: ast.expr) -> str:
    """The last name of a context manager, called or not."""
    call = node.func if isinstance(node, ast.Call) else node
    return call.attr if isinstance(call, ast.Attribute) else call.id if isinstance(call, ast.Name) else ""


def decided(test: ast.expr) -> bool | None:
    """What a condition comes to, where its text tells."""
    match test:
        case ast.Constant(value=value):
            return bool(value)
        case ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant(value="__main__")]):
            return True  # in a notebook
    return None


def never_runs(node: ast.For | ast.AsyncFor) -> bool:
    """Whether a loop goes through nothing."""
    return _times(node) is False


def _times(node: ast.For | ast.AsyncFor) -> bool | None:
    """Whether there is something that a loop goes through, where its text tells."""
    match node.iter:
        case ast.List(elts=items) | ast.Tuple(elts=items):
            if not items:
                return False
            return True if any(not isinstance(item, ast.Starred) for item in items) else None
        case ast.Call(func=ast.Name(id="range"), args=[count], keywords=[]):
            number = whole(count)
            return None if number is None else number > 0
    return None


def runs(node: ast.For | ast.AsyncFor) -> bool:
    """Whether the body of a loop runs to its end once for sure, errors apart."""
    leaves = any(isinstance(child, _LEAVES) for part in node.body for child in ast.walk(part))
    return _times(node) is True and not leaves
