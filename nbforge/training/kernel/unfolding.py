"""Calls of the notebook's functions that are given rows of two tables, ``train, test = prepare(train, test)``, or that
change rows which they are not given, ``process_age()``.

A request has rows of one of them. What such a function does with the one, with what it learned of the other, shows in
its own statements: they run in place of the call, and are watched and followed as if the cell held them.
"""

from __future__ import annotations

import ast
import builtins
import copy
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from .asked import made_of
from .bodies import called, first_calls, in_place, outside, put_in_place
from .handing_on import writes
from .program import DEFINING, Step, names_in
from .touched import alias, touched

_OWN_PLACES = 4_000_000
_MOST = 1_000
"""Where the places of a call's statements begin in their cell, and how many each statement of the cell may have."""
_DEEP = 4
_KINDS = {ast.FunctionDef: "function", ast.Import: "import", ast.ImportFrom: "import"}

Place = tuple[int, int]


def in_a_call(step: Step) -> bool:
    """Whether it is a statement of a function, which stands in no cell as it is."""
    return step.statement >= _OWN_PLACES


@dataclass(frozen=True, slots=True)
class Unfolded:
    """``steps``: the notebook's, with those in place of calls; ``instead``: these alone, by the place of the call."""

    steps: tuple[Step, ...]
    instead: Mapping[Place, tuple[Step, ...]]


def unfolded(steps: Sequence[Step], tables: Collection[str], shown: Collection[Place] = ()) -> Unfolded:
    """The steps, with calls that are given rows of several of the loaded ``tables`` unfolded, but for those at places
    ``shown``, whose own value somebody wants.
    """
    made = {table: made_of(table, steps, {*tables} - {table}) for table in tables}
    unfolding = _Unfolding(steps)
    found: list[Step] = []
    instead: dict[Place, tuple[Step, ...]] = {}
    for step in steps if made else ():
        wanted = step.place in shown and isinstance(step.tree, ast.Expr) and not writes(step.tree)
        wanted = wanted and not unfolding.gives_nothing(step.tree)
        own = () if wanted or "data" in step.roles else unfolding.of(step, made)
        if own:
            instead[step.place] = own
        found += own or [step]
    return Unfolded(tuple(found) if made else tuple(steps), instead)


def prepared_while_loading(steps: Sequence[Step], tables: Collection[str]) -> Step | None:
    """The statement of a data cell that gives a function of the notebook several of the ``tables``: clients are asked
    for what that makes of them.
    """
    functions = {step.tree.name for step in steps if isinstance(step.tree, ast.FunctionDef)}
    for step in steps:
        call = called(step.tree) if "data" in step.roles and step.kind not in DEFINING else None
        if call is not None and isinstance(call.func, ast.Name) and call.func.id in functions:
            given = [each for each in call.args if names_in(each) & {*tables}]
            if len(given) > 1:
                return step
    return None


@dataclass(slots=True)
class _Unfolding:
    program: Sequence[Step]
    functions: dict[str, ast.FunctionDef] = field(init=False)
    taken: set[str] = field(init=False)

    def __post_init__(self) -> None:
        bound = [name for step in self.program for name in step.binds]
        own = {step.tree.name: step.tree for step in self.program if isinstance(step.tree, ast.FunctionDef)}
        self.functions = {name: tree for name, tree in own.items() if bound.count(name) == 1}
        self.taken = {*dir(builtins), *bound}.union(*(step.uses for step in self.program))

    def gives_nothing(self, statement: ast.stmt) -> bool:
        """Whether it calls a function of the notebook that returns no value: nobody can want one."""
        match statement:
            case ast.Expr(value=ast.Call(func=ast.Name(id=name))) if name in self.functions:
                within = [node for node in ast.walk(self.functions[name]) if isinstance(node, ast.Return | ast.Yield)]
                return all(isinstance(node, ast.Return) and node.value is None for node in within)
        return False

    def of(self, step: Step, made: Mapping[str, set[str]]) -> tuple[Step, ...]:
        """The steps in place of one; none where it is no such call, or has to stay."""
        if step.kind in DEFINING:
            return ()
        body = self._in_turns(step.tree, made) if isinstance(step.tree, ast.For) else self._in_place(step.tree, made)
        texts = [ast.unparse(ast.fix_missing_locations(each)) for each in body or ()]
        return tuple(self._steps(step, texts)) if body and len(texts) < _MOST else ()

    def _in_place(self, statement: ast.stmt, made: Mapping[str, set[str]]) -> list[ast.stmt] | None:
        """The statements in place of one, if it is such a call or has one."""
        first, rest = self._taken_out(statement, made)
        call = called(first)
        if call is None or not self._of_several(call, first, made):
            return None
        body = self._body(first, {}, ())
        return [*body, *rest] if body else None

    def _in_turns(self, loop: ast.For, made: Mapping[str, set[str]]) -> list[ast.stmt] | None:
        """A loop that makes such calls, ``for column in columns: train, test = encode(train, test, column)``, with the
        statements in place of each; turn by turn, where its values are written down.
        """
        if not any(self._gives_several(each, made) for each in loop.body):
            return None
        turns = [self._in_place(each, made) for each in loop.body]
        body = [each for own, turn in zip(loop.body, turns, strict=True) for each in (turn or [own])]
        if not any(turns) or any(isinstance(each, tuple(_KINDS)) for each in body):
            return None
        values = self._written_down(loop)
        if not values or len(values) * (len(body) + 1) >= _MOST:
            return [ast.For(loop.target, loop.iter, body, loop.orelse)]
        return [each for value in values for each in self._turn(loop, value, made)]

    def _turn(self, loop: ast.For, value: ast.expr, made: Mapping[str, set[str]]) -> Iterator[ast.stmt]:
        """A turn of the loop, with variables of its own for those of the functions that it calls."""
        yield ast.Assign([loop.target], value)
        for each in loop.body:
            yield from self._in_place(copy.deepcopy(each), made) or [each]

    def _written_down(self, loop: ast.For) -> Sequence[ast.expr]:
        """The constants that a loop goes through, where every turn runs to its end."""
        leaves = any(isinstance(node, ast.Break | ast.Continue) for node in ast.walk(loop))
        over = loop.iter
        if isinstance(over, ast.Name):
            named = [step for step in self.program if over.id in step.binds]
            once = len(named) == 1 and isinstance(named[0].tree, ast.Assign) and named[0].defines == {over.id}
            over = named[0].tree.value if once and isinstance(named[0].tree, ast.Assign) else over
        match loop.target, over:
            case ast.Name(), ast.List(elts=values) | ast.Tuple(elts=values) if not loop.orelse and not leaves:
                return values if all(isinstance(value, ast.Constant) for value in values) else ()
        return ()

    def _taken_out(self, statement: ast.stmt, made: Mapping[str, set[str]]) -> tuple[ast.stmt, list[ast.stmt]]:
        """The statement; where such a call is a part of it, ``encoder.inverse_transform(fit_and_ask(X, y, X_test))``,
        one that binds what the call gives, and what is left.
        """
        whole = called(statement)
        own = whole is not None and isinstance(whole.func, ast.Name) and whole.func.id in self.functions
        if own or not isinstance(statement, ast.Assign | ast.Expr):
            return statement, []
        for call in first_calls(statement):
            if isinstance(call.func, ast.Name) and self._of_several(call, ast.Expr(call), made):
                name = self._free(call.func.id, "answers")
                left = put_in_place(statement, call, ast.Name(name, ast.Load()))
                return ast.Assign([ast.Name(name, ast.Store())], call), [left]
        return statement, []

    def _of_several(self, call: ast.Call, statement: ast.stmt, made: Mapping[str, set[str]]) -> bool:
        """Whether it is given rows of several tables, one by one or as a stack that several names are made of; or
        makes several of rows that it is not given, or changes these.
        """
        function = self.functions.get(call.func.id) if isinstance(call.func, ast.Name) else None
        if function is None:
            return False
        read, changed = outside(function)
        parted = isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Tuple)
        if (changed | (read if parted else set())) & set[str]().union(*made.values()):
            return True
        given = [names_in(each) for each in (*call.args, *(keyword.value for keyword in call.keywords))]
        of = [frozenset(table for table, names in made.items() if names & each) for each in given]
        if len(frozenset().union(*of)) < 2:
            return False
        return parted or sum(map(bool, of)) > 1

    def _gives_several(self, statement: ast.stmt, made: Mapping[str, set[str]]) -> bool:
        """Whether it is a call that is given rows of several tables, one by one."""
        call = called(statement)
        given = [*call.args, *(each.value for each in call.keywords)] if call is not None else []
        of = [{table for table, names in made.items() if names & names_in(each)} for each in given]
        return len(set[str]().union(*of)) > 1 and sum(map(bool, of)) > 1

    def _body(
        self, statement: ast.stmt, inner: Mapping[str, ast.FunctionDef], within: tuple[str, ...]
    ) -> list[ast.stmt] | None:
        """The statements in place of a call; calls in these that are given several variables are unfolded, too."""
        call = called(statement)
        if call is None or not isinstance(call.func, ast.Name) or call.func.id in within or len(within) > _DEEP:
            return None
        name = call.func.id
        function = inner.get(name) or self.functions.get(name)
        body = in_place(statement, call, function, lambda each: self._free(name, each)) if function else None
        if body is None:
            return None
        inner = {**inner, **{each.name: each for each in body if isinstance(each, ast.FunctionDef)}}
        found: list[ast.stmt] = []
        for each in body:
            deeper = self._body(each, inner, (*within, name)) if self._goes_deeper(each, inner) else None
            found += [each] if deeper is None else deeper
        return found

    def _goes_deeper(self, statement: ast.stmt, inner: Mapping[str, ast.FunctionDef]) -> bool:
        call = called(statement)
        if call is None or not isinstance(call.func, ast.Name):
            return False
        given = [each for each in (*call.args, *(keyword.value for keyword in call.keywords)) if names_in(each)]
        several = len(given) > 1 or (isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Tuple))
        return call.func.id in inner or (call.func.id in self.functions and several)

    def _free(self, function: str, name: str) -> str:
        tries = (name, f"{function}_{name}", *(f"{function}_{name}_{count}" for count in range(2, _MOST)))
        found = next(each for each in tries if each not in self.taken)
        self.taken.add(found)
        return found

    def _steps(self, call: Step, texts: Sequence[str]) -> Iterator[Step]:
        aliases: dict[str, frozenset[str]] = {}
        functions = {*self.functions}
        for at, text in enumerate(texts):
            tree = ast.parse(text).body[0]
            facts = touched(text, functions, aliases)
            if isinstance(tree, ast.FunctionDef):
                functions.add(tree.name)
            aliases = {name: others for name, others in aliases.items() if name not in facts.defines} | alias(tree)
            yield replace(
                call,
                statement=_OWN_PLACES + call.statement * _MOST + at,
                tree=tree,
                text=text,
                kind=_KINDS.get(type(tree), "statement"),
                defines=facts.defines,
                may_define=facts.may_define,
                updates=facts.updates,
                uses=facts.uses,
                ordinals=(),
            )
