"""Calls into libraries: the purity tables applied, files, settings, random numbers, names in strings."""

from __future__ import annotations

import ast
from dataclasses import replace

from nbforge.notebook.callee import argument, is_constant, path_name
from nbforge.notebook.calling import Calling
from nbforge.notebook.containers import HOLDS_RESULTS, USED_UP
from nbforge.notebook.form import GENERATORS, Form, keyword_form
from nbforge.notebook.heap import DATA, ELEMENTS, HIDDEN
from nbforge.notebook.presumption import only_shows, spares
from nbforge.notebook.purity import UNKNOWN_METHOD, Rule, is_stdlib
from nbforge.notebook.regions import EMPTY, Value
from nbforge.notebook.surroundings import MODULES, PLANTED


class Library(Calling):
    """Evaluation of calls whose code is not in the notebook."""

    def __init__(self) -> None:
        super().__init__()
        self._forms: dict[int, Form] = {}

    def call_library(self, node: ast.Call, path: str, region: int, arguments: Value) -> Value:
        """Call the function or class at dotted ``path``."""
        rule = self.tables.function(path)
        if path.startswith("os.environ."):
            self.call_environ(node, path.rpartition(".")[2])
        elif path == "os.getenv":
            self.ask_variable(argument(node, 0))
        elif path.startswith(f"{MODULES}.") and self.tables.method(path_name(node)).changes:
            self.touch(PLANTED)
        self.strings(node, path.rpartition(".")[2], known=rule.known)
        if not rule.known:
            module = frozenset({region}) | self.module(path.rpartition(".")[0] or path)
            # A function of an unknown module may change what the module keeps.
            if self._by_convention(node, path, EMPTY):
                self.presume(module, node)
            elif not is_stdlib(path):
                self.mutate(module)
            self.unknown_files(node)
        if path == "builtins.property":
            arguments = self.properties(arguments)
        return self._apply(node, rule, EMPTY, arguments, path)

    def call_method(self, node: ast.Call, receiver: Value, name: str, arguments: Value, found: Value) -> Value:
        """Call method ``name`` of objects of no class of the notebook. ``found``: what the attribute may hold."""
        result = self.call_back((found & self.heap.callables) - receiver, receiver | arguments)
        rule = self.tables.method(name, self.kind_of(receiver))
        self.strings(node, f".{name}" if name in {"eval", "query"} else name, known=rule.known)
        if not rule.known:
            self.unknown_files(node)
        given = self._apply(node, rule, receiver, arguments, f".{name}")
        text = isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Constant | ast.JoinedStr)
        return result if text else result | given  # what methods of text give cannot change

    def call_unknown(self, node: ast.Call, callee: Value, arguments: Value) -> Value:
        """Call something of which nothing is known."""
        self.strings(node, "", known=False)
        self.unknown_files(node)
        return self._apply(node, UNKNOWN_METHOD, callee, arguments, "")

    def _apply(self, node: ast.Call, rule: Rule, receiver: Value, arguments: Value, path: str) -> Value:
        involved = self.heap.reach(receiver | arguments)
        if rule.calm and not self.form(node).matters and involved.isdisjoint(self.heap.delicate):
            self.touch_environ(rule, involved, path)
            result = self.call_given(node, rule, path, involved, receiver, arguments)
            return self._with_results(rule, self._given(node, rule, receiver, arguments, path), result)
        if not rule.known:
            self.heap.show(involved)
        self.touch_hidden(node, rule, involved, path)
        result = self.call_given(node, rule, path, involved, receiver, arguments)
        if not rule.known and self._by_convention(node, path, receiver):
            asks = self.kind_of(receiver) == "frame" or only_shows(path.rpartition(".")[2], self.tables)
            rule = replace(rule, changes=() if asks else ("receiver",), keeps=False, spares=True)
        changed = frozenset(
            region
            for region in self._changed(node, rule, receiver, arguments, path)
            if not self.heap.regions[region].fixed
        )
        if rule.spares and not rule.known:
            self.presume(involved - changed, node)
        iterators = (receiver | arguments) & self.heap.iterators
        self.change_environ(changed)
        self.shift(changed)
        if changed or iterators:
            self.mutate(changed | iterators)
        rough = self._rough(involved)
        self._keep(node, rule, receiver, arguments, rough)
        given = self._given(node, rule, receiver, arguments, path) | self._written(node, rule)
        return self._with_results(rule, given, result)

    def _with_results(self, rule: Rule, given: Value, result: Value) -> Value:
        """What a call gives, where functions that it called gave ``result``."""
        if rule.gives not in HOLDS_RESULTS:
            return given | result
        self.heap.link(given, ELEMENTS, result)
        return given

    def form(self, node: ast.Call) -> Form:
        """What the keywords of a call say, read once."""
        found = self._forms.get(id(node))
        if found is None:
            found = self._forms[id(node)] = keyword_form(node, self.tables)
        return found

    def _keep(self, node: ast.Call, rule: Rule, receiver: Value, arguments: Value, rough: bool) -> None:
        """What the receiver, or each of those involved, has of the others from now on."""
        if rule.takes:
            self.heap.link(receiver, ELEMENTS, self.poured(node, arguments))
        elif rule.keeps and (rough or not rule.trains):
            self.heap.link(receiver, ELEMENTS if self.kind_of(receiver) == "container" else HIDDEN, arguments)
        elif rule.trains:
            kept = frozenset(region for region in receiver if self.heap.regions[region].retains)
            self.heap.link(kept, DATA, arguments)
        if not rule.known and not rule.spares:
            for region in receiver | arguments:
                self.heap.link({region}, HIDDEN, (receiver | arguments) - {region} if receiver else EMPTY)

    def _by_convention(self, node: ast.Call, path: str, receiver: Value) -> bool:
        """Whether a call of unknown effect, of an installed library, is taken to leave its arguments as they are."""
        regions = [self.heap.regions[region] for region in receiver]
        foreign = all(facts.foreign or not facts.unknown for facts in regions) if receiver else self._foreign_code(path)
        name = path.rpartition(".")[2]
        return self.presuming and bool(name) and foreign and spares(name, self.asked.get(id(node), "used"), self.tables)

    def _foreign_code(self, path: str) -> bool:
        return bool(path.strip(".")) and not is_stdlib(path) and not self.in_project(path.split(".", maxsplit=1)[0])

    # What is changed, what is given

    def _changed(self, node: ast.Call, rule: Rule, receiver: Value, arguments: Value, path: str) -> Value:
        changed = self._written(node, rule)
        for item in rule.changes:
            changed |= self._changed_by(node, item, receiver, arguments)
        for keyword in node.keywords:
            known = self.tables.keywords.get(keyword.arg or "")
            if (
                known is not None
                and not is_constant(keyword.value, known.harmless)
                and not path.startswith(known.spares)
            ):
                changed |= self._changed_by(node, known.changes, receiver, arguments)
            elif keyword.arg is None and rule.known and self.tables.method(path_name(node)).known and receiver:
                changed |= receiver  # **options may hold `inplace=True`
        if self.heap.generators:
            changed |= self._drawn_from(node, rule, receiver, arguments)
        if self._rough(receiver):
            changed |= self.heap.reach(arguments)
        return changed

    def _drawn_from(self, node: ast.Call, rule: Rule, receiver: Value, arguments: Value) -> Value:
        """The random generators given to a call."""
        found = EMPTY.union(*(self._argument(node, key) for key in GENERATORS))
        if rule.trains or not rule.known or not receiver:
            found |= self.heap.reach(receiver | arguments)
        return found & self.heap.generators

    def _rough(self, value: Value) -> bool:
        return not value.isdisjoint(self.heap.rough)

    def _written(self, node: ast.Call, rule: Rule) -> Value:
        """The arrays that results go into."""
        return self._argument(node, "out") | (EMPTY if rule.out is None else self._argument(node, rule.out))

    def _changed_by(self, node: ast.Call, item: str | int, receiver: Value, arguments: Value) -> Value:
        """What one entry of ``changes`` names."""
        own = self.changed_of(receiver, item)
        if own is not None:
            return own
        return self.heap.reach(arguments) if item == "arguments" else self._argument(node, item)

    def _argument(self, node: ast.Call, key: str | int) -> Value:
        found = argument(node, key)
        # Evaluated before, with its effects: evaluating it again only looks its value up.
        return self.heap.reach(self.evaluate(found), without=(DATA,)) if found is not None else EMPTY

    def _given(self, node: ast.Call, rule: Rule, receiver: Value, arguments: Value, path: str) -> Value:
        sources = receiver | arguments
        loose = rule.gives in {"nothing", "fresh", "copy"} and (self.form(node).overwrites or self._rough(receiver))
        gives = "view" if loose else rule.gives
        match gives:
            case "nothing":
                return EMPTY
            case "view":
                return self.heap.parts(sources) | self._made(node, rule, path, receiver)
            case "module":
                return self.module(path.rpartition(".")[0])
            case "element":
                return self.taken_out(node, receiver, arguments)
            case "copy":
                # What a library makes of a list is no list: slices of an array are views of it.
                contained = path.startswith(".") or is_stdlib(path)
                held = sources if contained else self.melted(sources)
                kind = None if is_stdlib(path) else self._makes(rule, receiver, path)
                return self.shallow_copy(node, held, contained=contained, qual=kind)
        made = self._made(node, rule, path, receiver)
        if gives == "self":
            self.heap.link(made, HIDDEN, receiver)
            return receiver | made
        if gives in HOLDS_RESULTS:
            self.fill(node, gives, made, receiver, arguments)
        elif gives in {"holds", "iterators"}:
            self.heap.link(made, DATA if rule.spares else HIDDEN, self.unpacked(sources, rule.pours))
        return made

    def _made(self, node: ast.Call, rule: Rule, path: str, receiver: Value) -> Value:
        form = self.form(node)
        drawn = rule.draws if rule.unless and self.draws_now(node, rule) else ""
        return self.new(
            node,
            "made",
            kind="container" if rule.gives in HOLDS_RESULTS else rule.makes if rule.makes == "class" else "value",
            qual="" if form.several else self._makes(rule, receiver, path),
            iterator=(rule.gives in USED_UP and not rule.again) or form.chunks,
            unknown=not rule.known,
            library=self._maker(rule, receiver, path),
            foreign=all(self.heap.regions[r].foreign for r in receiver) if receiver else self._foreign_code(path),
            retains=rule.retains,
            fixed=rule.fixed,
            rough=rule.rough or form.overwrites,
            parts=rule.gives == "parts",
            generator=rule.generator,
            draws=drawn if path.rpartition(".")[2][:1].isupper() else "",
            file=self._opened(node, rule),
        )

    def _maker(self, rule: Rule, receiver: Value, path: str) -> str:
        """Whose code makes what a call gives; what is read from a file may be of any library."""
        if path.startswith(".") or not path:
            return self.library_of(receiver)
        return "" if is_stdlib(path) or not rule.known or rule.reads is not None else path.partition(".")[0]

    def _makes(self, rule: Rule, receiver: Value, path: str) -> str:
        """The kind of what a call gives: what its rule says, else what its receiver is."""
        kind = self.kind_of(receiver)
        if not rule.makes and (kind == "frame" or path.startswith("pandas.")):
            return "" if path.rpartition(".")[2] in self.tables.words["leaves_frames"] else "frame"
        return rule.makes or ("picture" if kind == "picture" else "")

    def _opened(self, node: ast.Call, rule: Rule) -> str:
        if rule.opens and self.mode_writes(node, rule):
            return self.path_label(node, rule.reads or 0)
        return ""
