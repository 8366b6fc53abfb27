"""Which names a body binds, reads or declares: pure syntax, no values."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

Callable = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

_SHELL = {"display", "get_ipython", "exit", "quit", "In", "Out", "_", "__", "___", "_dh", "_exit_code"}
_ALWAYS = frozenset(dir(builtins)) | _SHELL | {"__file__", "__session__", "__annotations__", "__builtins__"}
_HISTORY = re.compile(r"_i*\d*$|__+$")


def always_there(name: str) -> bool:
    """Whether Python or IPython defines ``name`` in every notebook."""
    return name in _ALWAYS or bool(_HISTORY.match(name))


_YIELDS = (ast.Yield, ast.YieldFrom)


@dataclass(frozen=True, slots=True)
class Scope:
    """The names of one function or class body. ``local`` includes parameters."""

    local: frozenset[str]
    declared_global: frozenset[str]
    nonlocals: frozenset[str]
    is_generator: bool


def function_scope(node: Callable) -> Scope:
    """The scope of a function or lambda, nested functions left out."""
    body: Iterable[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else node.body
    return _scope(body, {arg.arg for arg in parameters(node.args)})


def class_scope(node: ast.ClassDef) -> Scope:
    """The scope of a class body, methods left out."""
    return _scope(node.body, set())


def _scope(body: Iterable[ast.AST], bound: set[str]) -> Scope:
    declared: set[str] = set()
    outer: set[str] = set()
    generator = False
    for child in walk_body(body):
        if isinstance(child, ast.Name):
            if not isinstance(child.ctx, ast.Load):
                bound.add(child.id)
        elif type(child) in _BINDING:
            bound |= bindings(child)
        elif isinstance(child, ast.Global):
            declared.update(child.names)
        elif isinstance(child, ast.Nonlocal):
            outer.update(child.names)
        elif isinstance(child, _YIELDS):
            generator = True
    return Scope(frozenset(bound - declared - outer), frozenset(declared), frozenset(outer), generator)


def parameters(args: ast.arguments) -> list[ast.arg]:
    """All parameters in order: positional, ``*args``, keyword-only, ``**kwargs``."""
    star = [args.vararg] if args.vararg else []
    double = [args.kwarg] if args.kwarg else []
    return [*args.posonlyargs, *args.args, *star, *args.kwonlyargs, *double]


def walk_body(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """All nodes that run in the same scope as ``body``; of nested scopes only what runs outside of them."""
    stack = list(body)[::-1]
    while stack:
        node = stack.pop()
        yield node
        if type(node) not in _OWN_SCOPE:
            if type(node) not in _WITHOUT_NODES:
                stack += children(node)[::-1]
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            stack += [*node.decorator_list, *node.args.defaults, *(d for d in node.args.kw_defaults if d)]
        elif isinstance(node, ast.Lambda):
            stack += [*node.args.defaults, *(d for d in node.args.kw_defaults if d)]
        elif isinstance(node, ast.ClassDef):
            stack += [*node.decorator_list, *node.bases, *(k.value for k in node.keywords)]
        elif isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            # The walrus binds outside of the comprehension, its loop variables do not.
            stack.append(node.generators[0].iter)
            stack += [child for child in ast.walk(node) if isinstance(child, ast.NamedExpr)]


_OWN_SCOPE = frozenset(
    {
        ast.FunctionDef,
        ast.AsyncFunctionDef,
        ast.Lambda,
        ast.ClassDef,
        ast.ListComp,
        ast.SetComp,
        ast.DictComp,
        ast.GeneratorExp,
    }
)


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes right below ``node``, as :func:`ast.iter_child_nodes` has them, without operators and contexts."""
    found: list[ast.AST] = []
    kind = type(node)
    fields = _NODE_FIELDS.get(kind)
    if fields is None:
        fields = _NODE_FIELDS[kind] = tuple(name for name in kind._fields if name not in _NO_NODES)
    for name in fields:
        value = getattr(node, name, None)
        if value.__class__ is list:
            found += [item for item in value if item is not None] if None in value else value
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def every(*roots: ast.AST) -> list[ast.AST]:
    """``roots`` and all below them, without operators and contexts."""
    found = list(roots)
    for node in found:
        if type(node) not in _WITHOUT_NODES:
            found += children(node)
    return found


_WITHOUT_NODES = frozenset({ast.Constant, ast.Global, ast.MatchSingleton, ast.Name, ast.Nonlocal})
_NODE_FIELDS: dict[type[ast.AST], tuple[str, ...]] = dict.fromkeys(_WITHOUT_NODES, ())
_NO_NODES = frozenset(
    {
        *("arg", "asname", "attr", "conversion", "ctx", "id", "is_async", "kind", "kwd_attrs", "level", "module"),
        *("op", "ops", "rest", "simple", "tag", "type_comment"),
    }
)


_BINDING = frozenset(
    {
        ast.Name,
        ast.NamedExpr,
        ast.FunctionDef,
        ast.AsyncFunctionDef,
        ast.ClassDef,
        ast.Import,
        ast.ImportFrom,
        ast.ExceptHandler,
        ast.MatchAs,
        ast.MatchStar,
        ast.MatchMapping,
    }
)


def bindings(node: ast.AST) -> set[str]:
    """The names that this one node binds in its scope."""
    if type(node) not in _BINDING:
        return set()
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            return {name}
        case ast.NamedExpr(target=ast.Name(id=name)):
            return {name}
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Import(names=names):
            return {alias.asname or alias.name.split(".")[0] for alias in names}
        case ast.ImportFrom(names=names):
            return {alias.asname or alias.name for alias in names if alias.name != "*"}
        case ast.ExceptHandler(name=str(name)):
            return {name}
        case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
            return {name}
    return set()


def top_level_names(body: Iterable[ast.AST]) -> set[str]:
    """Every name that ``body`` binds at notebook level, ``global`` declarations of its functions included."""
    names: set[str] = set()
    for child in walk_body(body):
        names |= bindings(child)
    for root in body:
        for child in ast.walk(root):
            if isinstance(child, ast.Global):
                names.update(child.names)
    return names


def loop_variables(node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> frozenset[str]:
    """The names that a comprehension binds for itself."""
    return frozenset(n.id for g in node.generators for n in every(g.target) if isinstance(n, ast.Name))


def walrus_targets(node: ast.AST) -> frozenset[str]:
    """The names that ``:=`` binds inside of ``node``."""
    return frozenset(child.target.id for child in every(node) if isinstance(child, ast.NamedExpr))
