"""Statements that are given rows and only look at them: fits, plots, functions that measure."""

from __future__ import annotations

import ast

from nbforge.notebook.suggestions import words
from nbforge.notebook.suggestions.story import Story

_LOOKING = ("fits", "predicts", "scores", "shows")


def maker(story: Story, at: int, name: str) -> int | None:
    """The statement that made ``name`` what the statement at ``at`` finds; those that only look are passed over."""
    return changing(story, story.maker(at, name), name)


def changing(story: Story, source: int | None, name: str) -> int | None:
    """``source``, or the last statement before it that does more with ``name`` than look."""
    while source is not None and _only_looks(story, source, name):
        source = story.steps[source].before.get(name)
    return source


def _only_looks(story: Story, at: int, name: str) -> bool:
    """Whether slicing has to presume that ``name`` is changed, and nothing that is written there changes it."""
    effects = story.steps[at].effects
    bound = name in effects.defines | effects.may_define
    return not bound and not _changes(story, at, story.node(at), name)


def _changes(story: Story, at: int, node: ast.AST, name: str, depth: int = 3) -> bool:
    for child in ast.walk(node):
        match child:
            case ast.Subscript(ctx=ast.Store() | ast.Del()) | ast.Attribute(ctx=ast.Store() | ast.Del()):
                return True
            case ast.AugAssign():
                return True
            case ast.Call(func=ast.Name(id=called)) if called in story.functions:
                if not depth or _changes(story, at, story.functions[called], name, depth - 1):
                    return True
            case ast.Call(keywords=keywords) if any(each.arg in {"inplace", "out"} for each in keywords):
                return True
            case ast.Call() if words.within(words.called(child), "changes"):
                return True
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=receiver, attr=method))):
                if not _looks(story, at, receiver, method, name):
                    return True
    return False


def _looks(story: Story, at: int, receiver: ast.expr, method: str, name: str) -> bool:
    """Whether a call whose result nobody takes is there for something else: ``plt.scatter(X, y)``, ``model.fit(X)``."""
    while isinstance(receiver, ast.Attribute | ast.Subscript):
        receiver = receiver.value
    if not isinstance(receiver, ast.Name) or receiver.id == name:
        return False
    binder = story.binder(at, receiver.id)
    imported = binder is not None and story.steps[binder].effects.kind == "import"
    return imported or any(words.within(method, kind) for kind in _LOOKING)
