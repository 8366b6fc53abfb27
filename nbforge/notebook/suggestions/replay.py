"""What a model was fitted on after a split, written as one expression over all rows."""

from __future__ import annotations

import ast
import copy

from nbforge.notebook.suggestions import looking, words
from nbforge.notebook.suggestions.models import Model
from nbforge.notebook.suggestions.rows import Way, carried, only_selects, split_part
from nbforge.notebook.suggestions.story import Story


def replayed(story: Story, model: Model, found: Way) -> ast.expr | None:
    """What the model is fitted on, written over the rows before the split, everything that was fitted only applied.

    ``scaler.transform(X)`` for a model fitted on ``X_train = scaler.fit_transform(X_train)``. ``None`` where that
    cannot be written as one expression, or would mean something else at the end of the notebook.
    """
    if model.data is None or found.whole is None:
        return None
    try:
        written = _Replay(story, found).expression(model.data, model.given)
    except _NotWrittenError:
        return None
    end = len(story.steps)
    for name in words.names(written):
        last, then = story.final(name), story.maker(found.whole_at, name)
        rows = name in carried(written)
        if rows and last != then and not _only_columns_gone(story, last):
            return None
        if last is None or last >= end:
            return None
    return written


def _only_columns_gone(story: Story, at: int | None) -> bool:
    return at is not None and only_selects(story.node(at))


class _NotWrittenError(Exception):
    """The way of the rows is not one expression."""


class _Replay:
    """Writes an expression with the statements after the split put in for their names."""

    def __init__(self, story: Story, found: Way) -> None:
        self.story, self.way = story, found
        self.depth = 0

    def expression(self, node: ast.expr, at: int) -> ast.expr:
        """``node``, as the statement ``at`` has it."""
        self.depth += 1
        if self.depth > 40:
            raise _NotWrittenError
        rows = {name for name in carried(node) if looking.maker(self.story, at, name) in self.way.names}
        replaced = {name: self._name(name, at) for name in rows}
        written: ast.expr = _Applied(replaced).visit(copy.deepcopy(node))
        return ast.fix_missing_locations(written)

    def _name(self, name: str, at: int) -> ast.expr:
        maker = looking.maker(self.story, at, name)
        if maker is None or self.way.split is None or maker < self.way.split:
            return ast.Name(name, ast.Load())
        node = self.story.node(maker)
        part = split_part(node, name)
        if part is not None:
            return self.expression(part, maker)  # which may be a part of another split
        match node:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                return self.expression(value, maker)
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                for each, part in zip(targets, values, strict=False):
                    if isinstance(each, ast.Name) and each.id == name:
                        return self.expression(part, maker)
        raise _NotWrittenError


class _Applied(ast.NodeTransformer):
    """Puts expressions in for names, and ``transform`` for ``fit_transform``."""

    def __init__(self, replaced: dict[str, ast.expr]) -> None:
        self.replaced = replaced

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """A name of rows is what they are made of."""
        return self.replaced.get(node.id, node)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """What was fitted is only applied."""
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "fit_transform":
            node.func.attr = "transform"
            node.args, node.keywords = node.args[:1], []
        return node
