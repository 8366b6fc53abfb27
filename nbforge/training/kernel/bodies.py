"""The body of a function in place of its call: the same statements, with variables of the notebook for its own.

``train, test = prepare(train, test)`` becomes what ``prepare`` does, one statement after the other. Where that cannot
be said without running it, the call stays.
"""

from __future__ import annotations

import ast
import copy
import symtable
from collections.abc import Callable, Iterator, Sequence
from typing import cast

from .program import names_in
from .renaming import Renamer, rebound
from .watching import written_to

Free = Callable[[str], str]
"""Gives a name that nothing of the notebook has, like the one it is given."""

_LOOKS_AROUND = frozenset({"eval", "exec", "globals", "locals", "query", "super", "vars"})
"""Calls that may read variables by names in texts."""
_ELSEWHERE = (
    ast.AsyncFor, ast.AsyncFunctionDef, ast.AsyncWith, ast.Await, ast.ClassDef, ast.Match, ast.Nonlocal,
    ast.Yield, ast.YieldFrom,
)  # fmt: skip
_CLOSURES = (ast.FunctionDef, ast.GeneratorExp, ast.Lambda)


def first_calls(statement: ast.stmt) -> Iterator[ast.Call]:
    """The calls within a statement before which no other is made: those around them need what they give."""
    calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)]
    conditional = (ast.BoolOp, ast.IfExp, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
    kept = {id(each) for node in ast.walk(statement) if isinstance(node, conditional) for each in ast.walk(node)}
    for call in calls:
        own = {id(node) for node in ast.walk(call)}
        around = [each for each in calls if id(call) in {id(node) for node in ast.walk(each)}]
        begun = (call.lineno, call.col_offset)
        before = [each for each in calls if each not in around and (each.lineno, each.col_offset) < begun]
        if not before and id(call) not in kept and not any(id(each) in own for each in calls if each is not call):
            yield call


def put_in_place(statement: ast.stmt, call: ast.Call, name: ast.Name) -> ast.stmt:
    """The statement with a name for a call within it."""

    class Putting(ast.NodeTransformer):
        def visit_Call(self, node: ast.Call) -> ast.expr:
            return name if ast.dump(node) == ast.dump(call) else cast(ast.expr, self.generic_visit(node))

    return cast(ast.stmt, Putting().visit(copy.deepcopy(statement)))


def called(statement: ast.stmt) -> ast.Call | None:
    """The call that is all that a statement does, but for binding what it gives to names."""
    match statement:
        case ast.Expr(value=ast.Call() as call) | ast.Return(value=ast.Call() as call):
            return call
        case ast.Assign(targets=[ast.Name() | ast.Tuple() as target], value=ast.Call() as call):
            bound = [target] if isinstance(target, ast.Name) else target.elts
            return call if all(map(_a_name_or_column, bound)) else None
    return None


def _a_name_or_column(target: ast.expr) -> bool:
    match target:
        case ast.Name() | ast.Subscript(value=ast.Name(), slice=ast.Constant() | ast.Name() | ast.BinOp()):
            return True
    return False


def in_place(statement: ast.stmt, call: ast.Call, function: ast.FunctionDef, free: Free) -> list[ast.stmt] | None:
    """What ``statement`` does, as the statements of ``function``, which it calls; ``None`` where it has to stay.

    Where ``statement`` returns what the call gives, so does the last of these.
    """
    given = _arguments(call, function)
    if given is None or not _plain(function):
        return None
    own = {each.get_name() for each in _symbols(function) if each.is_local()}
    nodes = [node for each in function.body for node in ast.walk(each)]
    closed = {name for node in nodes if isinstance(node, _CLOSURES) for name in names_in(node)}
    names: dict[str, str] = {}
    first: list[ast.stmt] = []
    for name, value in given.items():
        if isinstance(value, ast.Name) and name not in closed | rebound(function):
            names[name] = value.id
        else:
            names[name] = free(name)
            first.append(ast.Assign([ast.Name(names[name], ast.Store())], copy.deepcopy(value)))
    names |= {name: free(name) for name in sorted(own - names.keys())}
    body = [copy.deepcopy(each) for each in function.body if not _docstring(each) and not isinstance(each, ast.Global)]
    renamed = [Renamer(names).visit(each) for each in body]
    result = renamed.pop().value if renamed and isinstance(renamed[-1], ast.Return) else None
    return [*first, *renamed, *_bound(statement, result)]


def outside(function: ast.FunctionDef) -> tuple[set[str], set[str]]:
    """The variables of the notebook that a function reads, and those that it binds or changes by its own text."""
    read = {each.get_name(): each.is_assigned() for each in _symbols(function) if each.is_global()}
    written = frozenset[str]().union(*map(written_to, function.body))
    return {*read}, {name for name, assigned in read.items() if assigned or name in written}


def _symbols(function: ast.FunctionDef) -> Sequence[symtable.Symbol]:
    return symtable.symtable(ast.unparse(function), "<function>", "exec").get_children()[0].get_symbols()


def _docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _plain(function: ast.FunctionDef) -> bool:
    """Whether it does nothing that it could not do outside of a function, and returns at its end alone."""
    arguments = function.args
    if function.decorator_list or arguments.vararg or arguments.kwarg:
        return False
    nodes = [node for each in function.body for node in ast.walk(each)]
    inner = {node for each in nodes if isinstance(each, ast.FunctionDef) for node in ast.walk(each)}
    returns = [node for node in nodes if isinstance(node, ast.Return) and node not in inner]
    if returns and returns != function.body[-1:]:
        return False
    if any(isinstance(node, ast.Global) and node not in function.body for node in nodes):
        return False
    return not any(isinstance(node, _ELSEWHERE) or _looks_around(node) for node in nodes)


def _looks_around(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in _LOOKS_AROUND:
            return True
        case ast.Call(args=[ast.Constant(value=str() as text), *_]):
            return "~" in text  # a formula
    return False


def _arguments(call: ast.Call, function: ast.FunctionDef) -> dict[str, ast.expr] | None:
    """Each parameter with what the call gives for it, in the order of evaluation; else its default."""
    takes = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
    only = [each.arg for each in function.args.kwonlyargs]
    if len(call.args) > len(takes) or any(isinstance(each, ast.Starred) for each in call.args):
        return None
    given = dict(zip(takes, call.args, strict=False))
    for keyword in call.keywords:
        if keyword.arg is None or keyword.arg in given or keyword.arg not in (*takes, *only):
            return None
        given[keyword.arg] = keyword.value
    defaults = dict(zip(reversed(takes), reversed(function.args.defaults), strict=False))
    defaults |= {name: value for name, value in zip(only, function.args.kw_defaults, strict=True) if value is not None}
    for name in (*takes, *only):
        if name not in given and not isinstance(defaults.get(name), ast.Constant):
            return None
    return given | {name: defaults[name] for name in (*takes, *only) if name not in given}


def _bound(statement: ast.stmt, result: ast.expr | None) -> Iterator[ast.stmt]:
    """What binds the function's result as ``statement`` binds it."""
    value = result or ast.Constant(None)
    match statement, value:
        case ast.Return(), _:
            yield ast.Return(value)
        case ast.Expr(), ast.Name() | ast.Constant() | ast.Tuple():
            return
        case ast.Expr(), _:
            yield ast.Expr(value)
        case ast.Assign(targets=[ast.Tuple(elts=targets)]), ast.Tuple(elts=values) if _one_by_one(targets, values):
            for target, each in zip(targets, values, strict=True):
                if not (isinstance(each, ast.Name) and isinstance(target, ast.Name) and each.id == target.id):
                    yield ast.Assign([copy.deepcopy(target)], each)
        case ast.Assign(targets=[ast.Name(id=target)]), ast.Name(id=name) if target == name:
            return
        case ast.Assign(targets=targets), _:
            yield ast.Assign(copy.deepcopy(targets), value)


def _one_by_one(targets: Sequence[ast.expr], values: Sequence[ast.expr]) -> bool:
    """Whether each target can be bound for itself: no value reads what an earlier one is bound to."""
    pairs = zip(targets, range(1, len(targets) + 1), strict=True)
    free = not any(names_in(target) & names_in(later) for target, at in pairs for later in values[at:])
    return len(targets) == len(values) and free
