"""The tree of a cell's code."""

from __future__ import annotations

import ast

TOP_LEVEL_AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


def parse(code: str) -> ast.Module:
    """The tree of a cell's code, in which ``await`` may stand at the top level.

    Raises:
        SyntaxError: where ``code`` still holds IPython's own syntax, or is no Python at all.
    """
    tree: ast.Module = compile(code, "<cell>", "exec", ast.PyCF_ONLY_AST | TOP_LEVEL_AWAIT, dont_inherit=True)
    return tree
