"""Definitions of the notebook's functions with a parameter for each plain value that they take."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Collection, Mapping

from .parsing import parse
from .spans import Spans


def collecting(text: str, names: Collection[str]) -> str:
    """A definition in which what it takes as ``**values`` are parameters of these names, where all can be one."""
    tree = parse(text).body[0]
    if not isinstance(tree, ast.FunctionDef) or tree.args.kwarg is None or not all(map(parameter, names)):
        return text
    collected, taken = tree.args.kwarg.arg, tree.args
    own = {each.arg for each in (*taken.posonlyargs, *taken.args, *taken.kwonlyargs)}
    rest = [name for name in names if name not in own]
    taken.kwarg = None
    taken.kwonlyargs += [ast.arg(name) for name in rest]
    taken.kw_defaults += [None] * len(rest)
    values = ", ".join(f"{name!r}: {name}" for name in rest)
    return _headed(text, tree, ast.unparse(taken), f"{collected} = {{{values}}}")


def parameter(name: str) -> bool:
    """Whether a parameter can have this name."""
    return name.isidentifier() and not keyword.iskeyword(name)


def holding(text: str, fixed: Mapping[str, str]) -> str:
    """A definition without these parameters, which are what the source that is given for each of them says."""
    tree = parse(text).body[0]
    if not fixed or not isinstance(tree, ast.FunctionDef):
        return text
    taken, defaults = tree.args, tree.args.defaults
    first = len(taken.posonlyargs) + len(taken.args) - len(defaults)
    kept = [(each, at) for at, each in enumerate([*taken.posonlyargs, *taken.args]) if each.arg not in fixed]
    taken.posonlyargs, taken.args = [], [each for each, _ in kept]
    taken.defaults = [defaults[at - first] for _, at in kept if at >= first]
    words = [pair for pair in zip(taken.kwonlyargs, taken.kw_defaults, strict=True) if pair[0].arg not in fixed]
    taken.kwonlyargs, taken.kw_defaults = [each for each, _ in words], [default for _, default in words]
    bound = [f"{name} = {source}" for name, source in fixed.items() if name != source]
    return _headed(text, tree, ast.unparse(taken), "; ".join(bound))


def in_place_of(text: str, names: Collection[str]) -> str | None:
    """A definition with parameters of these names, in place of objects whose ``value`` it reads.

    ``None`` where it does anything else with one of them, or with what it is given now.
    """
    tree = parse(text).body[0]
    if not isinstance(tree, ast.FunctionDef):
        return None
    event = {each.arg for each in (*tree.args.posonlyargs, *tree.args.args)}
    inside = [node for each in tree.body for node in ast.walk(each)]
    read = [node for node in inside if isinstance(node, ast.Attribute) and value_of(node) in names]
    own = [node.value for node in read]
    others = (node for node in inside if isinstance(node, ast.Name) and node not in own)
    if any(node.id in event or node.id in names for node in others):
        return None
    spans = Spans(text)
    for node in read:
        spans.replace(node, value_of(node) or "")
    return _headed(text, tree, ", ".join(names), "", spans)


def wrapped(tree: ast.FunctionDef) -> bool:
    """Whether decorators may do something else than give the function to widgets, as it is."""
    return any(not re.match(r"([\w.]+\.)?interact(_manual)?\b", ast.unparse(each)) for each in tree.decorator_list)


def undecorated(text: str) -> str:
    """A definition without its decorators."""
    tree = parse(text).body[0]
    spans = Spans(text)
    for decorator in getattr(tree, "decorator_list", []):
        spans.between(spans.start(decorator) - 1, spans.end(decorator), "")
    return spans.result().lstrip("\n")


def value_of(node: ast.AST) -> str | None:
    """The name of the object whose ``value`` is read."""
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr="value", ctx=ast.Load()):
            return name
    return None


def _headed(text: str, tree: ast.FunctionDef, parameters: str, begins: str, spans: Spans | None = None) -> str:
    """The definition with other parameters, and with what it begins with."""
    spans, first = spans or Spans(text), tree.body[0]
    indent = " " * (first.col_offset if first.lineno > tree.lineno else 4)
    begin = f"{indent}{begins}\n{indent}" if begins else indent
    spans.between(spans.start(tree), spans.start(first), f"def {tree.name}({parameters}):\n{begin}")
    return spans.result()
