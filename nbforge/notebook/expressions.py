"""What an expression reads and what its value may share memory with."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from nbforge.notebook.heap import ELEMENTS, EMPTY, HIDDEN, Frame, Function, Value
from nbforge.notebook.machine import Machine
from nbforge.notebook.scope import function_scope

_LOOP_LIMIT = 50


class Expressions(Machine):
    """Evaluation of expressions. Calls are in :mod:`nbforge.notebook.calls`."""

    def evaluate(self, node: ast.expr | None) -> Value:
        """The value of ``node``; its effects are recorded."""
        if node is None:
            return EMPTY
        handler: Callable[[ast.expr], Value] = getattr(self, f"_{type(node).__name__.lower()}", self._plain)
        return handler(node)

    def call(self, node: ast.Call) -> Value:
        """Evaluate a call."""
        raise NotImplementedError

    def call_back(self, value: Value, arguments: Value, only_special: bool = False) -> Value:
        """Functions of the notebook within reach of ``value`` may be called."""
        raise NotImplementedError

    def call_attribute(self, receiver: Value, name: str, arguments: Value) -> Value | None:
        """Call a method that classes of the notebook define, as the language does (``__enter__``, properties)."""
        raise NotImplementedError

    def stable(self, body: Callable[[], None]) -> None:
        """Run ``body`` until it teaches nothing new."""
        for _ in range(_LOOP_LIMIT):
            version = self.heap.version
            body()
            if self.heap.version == version:
                return
        raise RuntimeError("an analysis that only grows did not end")

    # Leaves and plain combinations

    def _plain(self, node: ast.expr) -> Value:
        """Anything whose value is new and cannot be changed: operands are evaluated for their effects."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.evaluate(child)
        return EMPTY

    def _name(self, node: ast.expr) -> Value:
        assert isinstance(node, ast.Name)
        if node.id in {"_", "__", "___", "Out"} and not self.knows(node.id) and self.frame is None:
            self.effects.history = True
            self.use_hidden("<out>")
        return self.read(node.id)

    def _starred(self, node: ast.expr) -> Value:
        assert isinstance(node, ast.Starred)
        return self.evaluate(node.value)

    def _await(self, node: ast.expr) -> Value:
        assert isinstance(node, ast.Await)
        value = self.evaluate(node.value)
        return value | self.heap.reach(value)

    def _yield(self, node: ast.expr) -> Value:
        assert isinstance(node, ast.Yield | ast.YieldFrom)
        value = self.evaluate(node.value)
        if self.frame is not None:
            self.frame.result |= value if isinstance(node, ast.Yield) else self.elements(value)
        return EMPTY

    _yieldfrom = _yield

    def _namedexpr(self, node: ast.expr) -> Value:
        assert isinstance(node, ast.NamedExpr)
        value = self.evaluate(node.value)
        self.bind(node.target.id, value)
        return value

    def _ifexp(self, node: ast.expr) -> Value:
        assert isinstance(node, ast.IfExp)
        self.evaluate(node.test)
        with self.maybe():
            value = self.evaluate(node.body)
        with self.maybe():
            return value | self.evaluate(node.orelse)

    def _boolop(self, node: ast.expr) -> Value:
        assert isinstance(node, ast.BoolOp)
        value = self.evaluate(node.values[0])
        with self.maybe():
            for operand in node.values[1:]:
                value |= self.evaluate(operand)
        return value

    def _binop(self, node: ast.expr) -> Value:
        assert isinstance(node, ast.BinOp)
        return self.combine(node, self.evaluate(node.left) | self.evaluate(node.right))

    def _unaryop(self, node: ast.expr) -> Value:
        assert isinstance(node, ast.UnaryOp)
        return self.combine(node, self.evaluate(node.operand))

    def _compare(self, node: ast.expr) -> Value:
        assert isinstance(node, ast.Compare)
        operands = self.evaluate(node.left).union(*(self.evaluate(item) for item in node.comparators))
        return self.combine(node, operands)

    def combine(self, node: ast.AST, operands: Value) -> Value:
        """The result of an operator: a new object with the elements of its operands."""
        if not operands:
            return EMPTY
        result = self.call_back(operands, operands, only_special=True)
        made = self.shallow_copy(node, operands)
        self.heap.link(made, HIDDEN, result)
        return made

    def shallow_copy(self, node: ast.AST, value: Value, tag: str = "copy") -> Value:
        """A new object that holds what ``value`` holds."""
        containers = bool(value) and all(self.heap.regions[region].kind == "container" for region in value)
        frames = bool(value) and all(self.heap.regions[region].qual == "frame" for region in value)
        made = self.new(node, tag, kind="container" if containers else "value", qual="frame" if frames else "")
        for region in value - made:
            for label, members in list(self.heap.fields[region].items()):
                self.heap.link(made, label, members)
        return made

    # Displays and comprehensions

    def _list(self, node: ast.expr) -> Value:
        assert isinstance(node, ast.List | ast.Tuple | ast.Set)
        made = self.new(node, kind="container")
        for item in node.elts:
            value = self.evaluate(item)
            self.heap.link(made, ELEMENTS, self.elements(value) if isinstance(item, ast.Starred) else value)
        return made

    _tuple = _set = _list

    def _dict(self, node: ast.expr) -> Value:
        assert isinstance(node, ast.Dict)
        made = self.new(node, kind="container")
        for key, item in zip(node.keys, node.values, strict=True):
            value = self.evaluate(item)
            self.heap.link(made, ELEMENTS, self.evaluate(key) | value if key else self.elements(value))
        return made

    def _listcomp(self, node: ast.expr) -> Value:
        assert isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp)
        made = self.new(node, kind="container", iterator=isinstance(node, ast.GeneratorExp))
        first = self.iterate(self.evaluate(node.generators[0].iter))
        local = {n.id for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)}
        outer = self.frame
        self.frame = Frame(local=frozenset(local), nonlocals=self._outer_names(outer), parent=outer)
        if outer is None:
            self.frame.declared_global = self._walrus_targets(node)

        def once() -> None:
            for position, generator in enumerate(node.generators):
                items = first if position == 0 else self.iterate(self.evaluate(generator.iter))
                self.assign(generator.target, items)
                for condition in generator.ifs:
                    self.evaluate(condition)
            parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
            for part in parts:
                self.heap.link(made, ELEMENTS, self.evaluate(part))

        with self.maybe():
            self.stable(once)
        self.frame = outer
        return made

    _setcomp = _dictcomp = _generatorexp = _listcomp

    def _outer_names(self, outer: Frame | None) -> frozenset[str]:
        if outer is None:
            return frozenset()
        return outer.local | outer.nonlocals

    def _walrus_targets(self, node: ast.AST) -> frozenset[str]:
        return frozenset(child.target.id for child in ast.walk(node) if isinstance(child, ast.NamedExpr))

    def _joinedstr(self, node: ast.expr) -> Value:
        assert isinstance(node, ast.JoinedStr)
        for part in node.values:
            self.evaluate(part)
        return EMPTY

    def _formattedvalue(self, node: ast.expr) -> Value:
        assert isinstance(node, ast.FormattedValue)
        value = self.evaluate(node.value)
        self.call_back(value, value, only_special=True)
        self.evaluate(node.format_spec)
        return EMPTY

    def _call(self, node: ast.expr) -> Value:
        assert isinstance(node, ast.Call)
        return self.call(node)

    def _lambda(self, node: ast.expr) -> Value:
        assert isinstance(node, ast.Lambda)
        return self.function(node)

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, plain: bool = True) -> Value:
        """A function object; its body runs when it is called."""
        args = node.args
        positional = [*args.posonlyargs, *args.args]
        pairs = list(zip(positional[len(positional) - len(args.defaults) :], args.defaults, strict=True))
        pairs += [(arg, default) for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True) if default]
        defaults = tuple((arg.arg, self.evaluate(default)) for arg, default in pairs)
        made = Function(node, self.frame, defaults, plain)
        region = self.site(node, id(self.frame), kind="function", function=made)
        held = frozenset[int]().union(*(value for _, value in defaults))
        self.heap.link({region}, HIDDEN, held | self._closure(node))
        return frozenset({region})

    def _closure(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> Value:
        """Objects of enclosing functions that the body reads: whoever holds the function holds them."""
        held: Value = EMPTY
        if self.frame is not None:
            inner = function_scope(node).local
            names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} - inner
            frame: Frame | None = self.frame
            while frame is not None:
                held = held.union(*(frame.names.get(name, EMPTY) for name in names))
                frame = frame.parent
        return held

    # Parts of objects

    def _attribute(self, node: ast.expr) -> Value:
        assert isinstance(node, ast.Attribute)
        return self.attribute(self.evaluate(node.value), node.attr)

    def attribute(self, base: Value, name: str) -> Value:
        """What ``base.name`` may be."""
        found: Value = EMPTY
        for region in base:
            found |= self._attribute_of(region, name)
        if name in self.patched:
            self.use_hidden(f"<attribute {name}>")
            found |= self.patched[name]
        elif base and any(r.kind == "module" for r in map(self.heap.regions.__getitem__, self.env.get(name, EMPTY))):
            # `import hvplot.pandas` adds `.hvplot` to frames.
            if not any(self.heap.regions[region].kind == "module" for region in base):
                self.read_global(name, certain=False)
        return found

    def _attribute_of(self, region: int, name: str) -> Value:
        facts = self.heap.regions[region]
        held = frozenset(self.heap.held({region}, name))
        if facts.kind in {"module", "external"}:
            path = f"{facts.qual}.{name}"
            if path in self.submodules:
                self.use_hidden(f"<module {path}>")
                return held | self.module(path)
            return held | self.external(path)
        if facts.kind == "instance":
            mine = held | self.class_attribute(region, name)
            if mine:
                return mine | (self.call_attribute(frozenset({region}), name, EMPTY) or EMPTY)
            made = self.call_attribute(frozenset({region}), "__getattr__", EMPTY) or EMPTY
            return made | self.heap.reach(self.heap.held({region}, HIDDEN)) | {region}
        if facts.kind == "class":
            return held | self.class_attribute(region, name) or frozenset({region})
        if name in self.tables.words.get("immutable_attributes", ()):
            return EMPTY
        return held | self.heap.reach(self.heap.held({region}, name, HIDDEN)) | {region}

    def class_attribute(self, region: int, name: str) -> Value:
        """``name`` as the classes of ``region`` (an instance or a class) define it."""
        found: set[int] = set()
        seen = {region}
        stack = [region]
        while stack:
            current = stack.pop()
            found |= self.heap.held({current}, name)
            fresh = self.heap.held({current}, "__class__", "__bases__") - seen
            seen |= fresh
            stack.extend(fresh)
        return frozenset(found)

    def _subscript(self, node: ast.expr) -> Value:
        assert isinstance(node, ast.Subscript)
        base, index = self.evaluate(node.value), self.evaluate(node.slice)
        result = self.call_back(base, index | base, only_special=True)
        if isinstance(node.slice, ast.Slice) and base and all(self._container(region) for region in base):
            return self.shallow_copy(node, base)
        if self._selects(node.slice, index):
            return self.shallow_copy(node, base)
        if self._namespace(node.value) and isinstance(node.slice, ast.Constant):
            return self.read_global(str(node.slice.value), certain=False)
        return result | self.element(base)

    def _container(self, region: int) -> bool:
        return self.heap.regions[region].kind == "container"

    def _namespace(self, node: ast.expr) -> bool:
        """Whether ``node`` is ``globals()``, or ``locals()`` or ``vars()`` at top level."""
        match node:
            case ast.Call(func=ast.Name(id="globals"), args=[]):
                return True
            case ast.Call(func=ast.Name(id="locals" | "vars"), args=[]):
                return self.frame is None
        return False

    def _selects(self, index: ast.expr, value: Value) -> bool:
        """Whether an index picks rows or columns into a new object: a list, a condition."""
        if isinstance(index, ast.List | ast.Compare | ast.ListComp):
            return True
        if isinstance(index, ast.UnaryOp) and isinstance(index.op, ast.Invert):
            return True
        if isinstance(index, ast.BinOp) and isinstance(index.op, ast.BitAnd | ast.BitOr):
            return True
        return isinstance(index, ast.Name) and bool(value) and all(
            self._container(region) and not self.heap.regions[region].iterator for region in value
        )

    def element(self, base: Value) -> Value:
        """One element of ``base``: held by it or, unless it is a container made here, a view of it."""
        inner = self.heap.reach(self.heap.held(base, ELEMENTS, HIDDEN))
        return inner | frozenset(region for region in base if not self._container(region))

    def elements(self, base: Value) -> Value:
        """What iterating over ``base`` yields; iterators are used up."""
        return self.iterate(base)

    def iterate(self, base: Value) -> Value:
        """What a loop over ``base`` binds."""
        used = {region for region in base if self.heap.regions[region].iterator or self.heap.regions[region].unknown}
        if used:
            self.mutate(used)
        result = self.call_back(base, base, only_special=not any(self.heap.regions[r].iterator for r in base))
        return result | self.element(base)

    # Targets

    def assign(self, target: ast.expr, value: Value) -> None:
        """Bind or store ``value`` to an assignment's target."""
        match target:
            case ast.Name(id=name):
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
                if self._namespace(base) and isinstance(index, ast.Constant):
                    self.bind_global(str(index.value), value)
                else:
                    self.store_element(self.evaluate(base), key | value)

    def _unpack(self, targets: Iterable[ast.expr], value: Value) -> None:
        value_parts = {region for region in value if self.heap.regions[region].parts}
        items = self.iterate(frozenset(value - value_parts)) if value - value_parts else EMPTY
        for position, target in enumerate(targets):
            own = frozenset(self.heap.make(("part", region, position)) for region in value_parts)
            self.assign(target, items | own)

    def store_element(self, base: Value, value: Value) -> None:
        """``base[...] = value``."""
        self.heap.link(base, ELEMENTS, self._held_by_store(base, value))
        self.mutate(base)
        self.call_back(base, base | value, only_special=True)

    def _held_by_store(self, base: Value, value: Value) -> Value:
        """What a store keeps a reference to: a frame copies the columns it is given, a container does not."""
        frames = bool(base) and all(self.heap.regions[region].qual == "frame" for region in base)
        return frozenset(self.heap.held(value)) if frames else value

    def store_attribute(self, base: Value, name: str, value: Value) -> None:
        """``base.name = value``; patching a library's class or module can be seen from anywhere."""
        shown_only = tuple(self.tables.words.get("display_settings", ()))
        kinds = {self.heap.regions[region].kind for region in base}
        if base and all(f"{self.heap.regions[r].qual}.{name}".startswith(shown_only) for r in base):
            return
        self.heap.link(base, name, value)
        self.mutate(base)
        if kinds & {"external", "module", "class"}:
            self.touch(f"<attribute {name}>")
            self.patched[name] = self.patched.get(name, EMPTY) | value
        self.call_attribute(base, "__setattr__", value)
