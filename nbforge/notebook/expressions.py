"""What an expression reads and what its value may share memory with."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from nbforge.notebook.comprehensions import Comprehensions
from nbforge.notebook.heap import ELEMENTS, HIDDEN, SOURCE
from nbforge.notebook.regions import EMPTY, Function, Value
from nbforge.notebook.scope import Callable as Code
from nbforge.notebook.scope import Scope, class_scope, every, function_scope

_TOLD_APART = 8  # elements of a list or tuple that are followed one by one


class Expressions(Comprehensions):
    """Evaluation of expressions. Calls are in :mod:`nbforge.notebook.calls`."""

    def __init__(self) -> None:
        super().__init__()
        self.scopes: dict[int, Scope] = {}
        self._free: dict[int, set[str]] = {}
        self._evaluators: dict[type[ast.expr], Callable[[Any], Value]] = {}

    def evaluate(self, node: ast.expr | None) -> Value:
        """The value of ``node``; its effects are recorded."""
        if node is None:
            return EMPTY
        handler = self._evaluators.get(type(node))
        if handler is None:
            handler = self._evaluators[type(node)] = getattr(self, f"_{type(node).__name__.lower()}", self._plain)
        return handler(node)

    def call(self, node: ast.Call) -> Value:
        """Evaluate a call."""
        raise NotImplementedError

    # Leaves and plain combinations

    def _plain(self, node: ast.expr) -> Value:
        """Anything whose value is new and cannot be changed: operands are evaluated for their effects."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.evaluate(child)
        return EMPTY

    def _constant(self, _: ast.Constant) -> Value:
        return EMPTY

    def _name(self, node: ast.Name) -> Value:
        if node.id in {"_", "__", "___", "Out"} and not self.knows(node.id) and self.frame is None:
            self.effects.history = True
            self.use_hidden("<out>")
        return self.read(node.id)

    def _starred(self, node: ast.Starred) -> Value:
        return self.evaluate(node.value)

    def _await(self, node: ast.Await) -> Value:
        value = self.evaluate(node.value)
        self.iterate(value)
        coroutines = value & self.heap.iterators
        return self.heap.parts(value - coroutines).union(self.heap.elements(coroutines))

    def _yield(self, node: ast.Yield | ast.YieldFrom) -> Value:
        value = self.evaluate(node.value)
        if self.frame is not None:
            self.frame.result |= value if isinstance(node, ast.Yield) else self.elements(value)
        return EMPTY

    _yieldfrom = _yield

    def _namedexpr(self, node: ast.NamedExpr) -> Value:
        value = self.evaluate(node.value)
        self.bind(node.target.id, value)
        return value

    def _ifexp(self, node: ast.IfExp) -> Value:
        self.condition(node.test)
        with self.maybe():
            value = self.evaluate(node.body)
        with self.maybe():
            return value | self.evaluate(node.orelse)

    def _boolop(self, node: ast.BoolOp) -> Value:
        value = self.condition(node.values[0])
        with self.maybe():
            for operand in node.values[1:-1]:
                value |= self.condition(operand)
            return value | self.evaluate(node.values[-1])

    def _binop(self, node: ast.BinOp) -> Value:
        if self.fill_percent(node):
            return EMPTY
        operands = self.evaluate(node.left) | self.evaluate(node.right)
        if isinstance(node.op, ast.Mod):
            self.spell(operands)
        return self.combine(node, operands)

    def _unaryop(self, node: ast.UnaryOp) -> Value:
        return self.combine(node, self.evaluate(node.operand))

    def _compare(self, node: ast.Compare) -> Value:
        match node.left, node.comparators:
            case [ast.Constant(value=str(name)), [space]] if self.is_namespace(space):
                if self.knows(name):
                    self.read_global(name, certain=False)
                return EMPTY
        operands = self.evaluate(node.left).union(*(self.evaluate(item) for item in node.comparators))
        if self.is_environ(operands):
            self.ask_variable(node.left)
            return EMPTY
        return self.combine(node, operands)

    def combine(self, node: ast.AST, operands: Value) -> Value:
        """The result of an operator: a new object with the elements of its operands."""
        if not operands:
            return EMPTY
        result = self.call_back(operands, operands, only_special=True)
        made = self.shallow_copy(node, operands)
        self.heap.link(made, HIDDEN, result)
        return made

    # Displays and comprehensions

    def _list(self, node: ast.List | ast.Tuple | ast.Set) -> Value:
        made = self.new(node, kind="container")
        placed = not isinstance(node, ast.Set) and not any(isinstance(item, ast.Starred) for item in node.elts)
        for position, item in enumerate(node.elts):
            value = self.evaluate(item)
            if isinstance(node, ast.Set):
                self.call_back(value, value, only_special=True)
            label = f"[{position}]" if placed and position < _TOLD_APART else ELEMENTS
            self.heap.place(min(made), label, self.elements(value) if isinstance(item, ast.Starred) else value)
        return made

    _tuple = _set = _list

    def _dict(self, node: ast.Dict) -> Value:
        made = self.new(node, kind="container")
        for key, item in zip(node.keys, node.values, strict=True):
            value = self.evaluate(item)
            label = self.key(key) if key else ""
            keys = self.evaluate(key) if key else self.elements(value)
            self.heap.link(made, ELEMENTS, keys)
            if key:
                self.call_back(keys, keys, only_special=True)
                self.heap.place(min(made), label or ELEMENTS, value)
        return made

    def _joinedstr(self, node: ast.JoinedStr) -> Value:
        for part in node.values:
            self.evaluate(part)
        return EMPTY

    def _formattedvalue(self, node: ast.FormattedValue) -> Value:
        value = self.evaluate(node.value)
        self.call_back(value, value, only_special=True)
        self.spell(value)
        self.evaluate(node.format_spec)
        return EMPTY

    def _call(self, node: ast.Call) -> Value:
        return self.call(node)

    def _lambda(self, node: ast.Lambda) -> Value:
        return self.function(node)

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, plain: bool = True) -> Value:
        """A function object; its body runs when it is called."""
        args = node.args
        pairs = [(arg, default) for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True) if default]
        if args.defaults:
            positional = [*args.posonlyargs, *args.args][-len(args.defaults) :]
            pairs = [*zip(positional, args.defaults, strict=True), *pairs]
        defaults = tuple([(arg.arg, self.evaluate(default)) for arg, default in pairs])
        made = Function(node, self.frame, defaults, plain)
        region = self.site(node, id(self.frame), kind="function", function=made)
        held = EMPTY.union(*[value for _, value in defaults])
        self.heap.pinned |= held
        self.heap.link({region}, HIDDEN, held | self.closure(node))
        return frozenset({region})

    def scope_of(self, node: Code | ast.ClassDef) -> Scope:
        """The names of a body, read once."""
        found = self.scopes.get(id(node))
        if found is None:
            read = class_scope(node) if isinstance(node, ast.ClassDef) else function_scope(node)
            found = self.scopes[id(node)] = read
        return found

    def closure(self, node: Code) -> Value:
        """Objects of enclosing functions that the body reads: whoever holds the function holds them."""
        held: Value = EMPTY
        frame = self.frame
        while frame is not None:
            self.closed_over[id(frame)] = frame
            if not frame.is_class:  # functions inside do not see its names
                held = held.union(*(frame.names.get(name, EMPTY) for name in self._free_names(node)))
            frame = frame.parent
        return held

    def _free_names(self, node: Code) -> set[str]:
        names = self._free.get(id(node))
        if names is None:
            mentioned = {n.id for n in every(node) if isinstance(n, ast.Name)}
            names = self._free[id(node)] = mentioned - self.scope_of(node).local
        return names

    # Parts of objects

    def _attribute(self, node: ast.Attribute) -> Value:
        return self.attribute_object(self.evaluate(node.value), node.attr)

    def _subscript(self, node: ast.Subscript) -> Value:
        if self.is_namespace(node.value):
            return self.read_key(node.slice)
        base, index = self.evaluate(node.value), self.evaluate(node.slice)
        if self.is_environ(base):
            self.ask_variable(node.slice)
        filling = [region for region in base if self.heap.regions[region].qual == "filling"]
        if filling:
            self.mutate(filling)
        result = self.call_back(base, index | base, only_special=True)
        self.call_back(index, index, only_special=True)
        if isinstance(node.slice, ast.Slice) and base and all(self.is_container(region) for region in base):
            return self.shallow_copy(node, base)
        if self._selects(node.slice, index):
            return self.shallow_copy(node, base)
        return result | self.element(base, self.key(node.slice))

    def key(self, node: ast.expr) -> str:
        """The label of the element under a key, where that is known and told apart from others."""
        value = node.value if isinstance(node, ast.Constant) else self.literal(node)
        told = isinstance(value, str) or (type(value) is int and 0 <= value < _TOLD_APART)
        return f"[{value!r}]" if told else ""

    def _selects(self, index: ast.expr, value: Value) -> bool:
        """Whether an index picks rows or columns into a new object: a list, a condition."""
        if isinstance(index, ast.List | ast.Compare | ast.ListComp):
            return True
        if isinstance(index, ast.UnaryOp) and isinstance(index.op, ast.Invert):
            return True
        if isinstance(index, ast.BinOp) and isinstance(index.op, ast.BitAnd | ast.BitOr):
            return True
        return (
            isinstance(index, ast.Name)
            and bool(value)
            and all(self.is_container(region) and not self.heap.regions[region].iterator for region in value)
        )

    # Targets

    def assign(self, target: ast.expr, value: Value) -> None:
        """Bind or store ``value`` to an assignment's target."""
        match target:
            case ast.Name(id=name):
                self.let_go(name)
                self.bind(name, value)
            case ast.Starred(value=inner):
                made = self.new(target, kind="container")
                self.heap.link(made, ELEMENTS, value)
                self.assign(inner, made)
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                self._unpack(targets, value)
            case ast.Attribute(value=base, attr=name):
                self.store_attribute(self.evaluate(base), name, value)
            case ast.Subscript(value=base, slice=index):
                key = self.evaluate(index)
                if self.is_namespace(base):
                    self.bind_key(index, value)
                else:
                    owner = self.evaluate(base)
                    owner = self.store_variable(owner, index)
                    self.call_back(key, key, only_special=True)
                    label = self.key(index)
                    kept = value if label or self.are_frames(owner) else key | value
                    self.store_element(owner, kept, label)

    def _unpack(self, targets: Sequence[ast.expr], value: Value) -> None:
        value_parts = {region for region in value if self.heap.regions[region].parts}
        placed = self._placed(value) if not any(isinstance(target, ast.Starred) for target in targets) else EMPTY
        rest = value - value_parts - placed
        items = self.iterate(rest) if rest else EMPTY
        for position, target in enumerate(targets):
            own = frozenset(self.heap.make(("part", region, position)) for region in value_parts)
            self.assign(target, items | own | self.element(placed, f"[{position}]"))

    def _placed(self, value: Value) -> Value:
        """Those of ``value`` whose elements are known by their position."""
        fields = self.heap.fields
        return frozenset(
            region
            for region in value
            if self.is_container(region) and ("[0]" in fields[region] or f"{SOURCE}[0]" in fields[region])
        )
