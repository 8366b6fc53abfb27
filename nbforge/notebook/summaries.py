"""What a call of a function did, told again where the function is called with the like.

Evaluating a body reads the objects that its arguments and the names in its text reach, and adds to them. Where it did
nothing else, it will do the same, step by step, wherever these look the same. A later call takes the same steps with
its own objects.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from nbforge.notebook.callbacks import Callbacks
from nbforge.notebook.journal import Codes, FrameKey, Start, Summary, summary_of
from nbforge.notebook.regions import EMPTY, Function, Value, looks
from nbforge.notebook.scope import children

_LARGEST = 40  # objects that are compared
_OTHER_SCOPES = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.Global, ast.Nonlocal),
    *(ast.Import, ast.ImportFrom, ast.Yield, ast.YieldFrom, ast.Await, ast.Match),
)
_SEES_NAMES = frozenset(
    {
        *("__import__", "dir", "eval", "exec", "get_ipython", "getattr", "globals", "import_module", "locals"),
        *("super", "vars"),
    }
)
_ALWAYS_ASKED = frozenset({"range"})


@dataclass(frozen=True, slots=True)
class Text:
    """A function's text: the names of the notebook that it may ask for; ``simple``: its body makes no scopes."""

    names: frozenset[str]
    simple: bool


_UNTOLD = Text(frozenset(), simple=False)


@dataclass(slots=True)
class Known:
    """What is known of a function: objects that its names reach, and summaries: for code that runs for sure (``True``)
    or not, and for each look of what it is given. ``None`` where a body did what no summary tells.
    """

    roots: Value
    summaries: dict[object, Summary | None] = field(default_factory=dict)


class Summaries(Callbacks):
    """Runs bodies, or tells what they did before. ``runs`` grows with each body that is run or told again."""

    def __init__(self) -> None:
        super().__init__()
        self.runs = 0
        self._texts: dict[int, Text] = {}
        self._summaries: dict[int, Known] = {}
        self._readers: dict[str, set[int]] = {}
        self._tellers: dict[str, Callable[..., None]] = {
            "link": self._tell_link,
            "make": self._tell_make,
            "shift": self._tell_shift,
            "mutate": self._tell_mutate,
            "presume": self._tell_presume,
            "read": self._tell_read,
            "use": lambda _, hidden: self.use_hidden(hidden),
            "touch": lambda _, hidden: self.touch(hidden),
            "text": lambda _: self.spelled(),
            "presume draw": lambda _, generator, call: self.presume_draw(generator, call),
        }
        self._ran: set[int] = set()
        self.called_back: dict[FrameKey, int] = {}  # by the statement at hand: names of functions, their first run

    def evaluate_body(self, function: Function, values: dict[str, Value], key: object) -> Value:
        """Run a body."""
        raise NotImplementedError

    def is_active(self, nodes: frozenset[int]) -> bool:
        """Whether one of the functions is being run."""
        raise NotImplementedError

    def name_changed(self, name: str) -> None:
        """``name`` stands for something else from now on: what is known of functions that ask for it is void."""
        for node in self._readers.pop(name, ()):
            self._summaries.pop(node, None)

    def summed(self, function: Function, values: dict[str, Value], key: object) -> Value:
        """Run a body, or tell again what it did."""
        self.runs += 1
        if self.heap.journal is not None:
            self._note_run(function)
        if self.wanted is not None:
            shared = id(function.node), id(function.around)
            self.called_back.setdefault(shared, self.runs)
            # One frame for all that callbacks call: functions made inside are the same ones whatever they are given.
            return self.evaluate_body(function, values, shared)
        if self.runs_first(function) or self.heap.libraries_hold or self.patched or not self._text(function).simple:
            return self.evaluate_body(function, values, key)
        known = self._summaries.get(id(function.node)) or Known(self._roots(self._text(function).names))
        rooted = self._within(known.roots)
        order = [*sorted(rooted), *sorted(self._within(EMPTY.union(*values.values())) - rooted)]
        if len(order) > _LARGEST:
            return self.evaluate_body(function, values, key)
        look = self._look(order, rooted, values)
        found = known.summaries.get((True, look)) or known.summaries.get((self.certain, look))
        if found is not None:
            return self._again(found, order) if self._fits(found) else self.evaluate_body(function, values, key)
        if (self.certain, look) in known.summaries:
            return self.evaluate_body(function, values, key)
        start = Start(id(function.node), order, len(self.heap.regions), self.runs, self.spent, self.heap.work)
        return self._first(start, known, (self.certain, look), (function, values, key))

    def _note_run(self, function: Function) -> None:
        self.heap.note(*(("ran", id(function.node)) if self._text(function).simple else ("other",)))
        if self.wanted is not None:
            shared = id(function.node), id(function.around)
            self.heap.note("called back", shared, self.called_back.get(shared, self.runs))

    def runs_first(self, function: Function) -> bool:
        """Whether a body is run for the first time: most are only once, and writing a summary takes time."""
        if id(function.node) in self._ran:
            return False
        self._ran.add(id(function.node))
        return True

    def known_since(self, run: int) -> None:
        """Something is known from a run that was not told."""
        self.heap.note("since", run)

    # What is compared

    def _text(self, function: Function) -> Text:
        around = function.around
        while around is not None:
            if around.module or not around.is_class:
                return _UNTOLD
            around = around.parent
        found = self._texts.get(id(function.node))
        if found is None:
            found = self._texts[id(function.node)] = _text(function.node, self.scope_of(function.node).local)
        return found

    def _roots(self, names: Iterable[str]) -> Value:
        """What names stand for, other than libraries; for functions that are known, with what theirs do."""
        libraries, found = self.heap.libraries, set[int]()
        for name in names:
            found |= self.env.get(name, EMPTY)
        found -= libraries
        for region in list(found):
            function = self.heap.regions[region].function
            known = self._summaries.get(id(function.node)) if function is not None else None
            if known is not None:
                found |= known.roots
        return frozenset(found)

    def _within(self, value: Value) -> set[int]:
        """``value`` and all that it reaches, without libraries; of too much only a part."""
        fields, libraries = self.heap.fields, self.heap.libraries
        seen = set(value - libraries)
        stack = list(seen)
        while stack and len(seen) <= _LARGEST:
            for members in fields[stack.pop()].values():
                fresh = members - seen - libraries
                seen |= fresh
                stack += fresh
        return seen

    def _look(self, order: Sequence[int], rooted: set[int], values: Mapping[str, Value]) -> object:
        """All that a body may find out: about what it is given and reaches, and about where it is called."""
        heap = self.heap
        codes = {region: code for code, region in enumerate(order)}

        def coded(value: Iterable[int]) -> frozenset[int]:
            return frozenset([codes.get(region, ~region) for region in value])

        seen: list[object] = []
        for region in order:
            facts = heap.regions[region]
            unlike = region in rooted or facts.function is not None or facts.owner is not None or facts.kind == "class"
            seen.append((region if unlike else looks(facts), region in heap.seen_elsewhere))
            fields = heap.fields[region]
            labels = [label for label in fields if fields[label] or facts.kind != "value"] if fields else ()
            seen.append(tuple([(label, coded(fields[label])) for label in sorted(labels)]))
        climate = self.presuming, self.showing, self.caught > 0, self.set_so_far, self.moved
        grown = len(self.seeded), len(self.written), len(self.submodules)
        return climate, grown, tuple([coded(value) for value in values.values()]), tuple(seen)

    # Telling again

    def _fits(self, summary: Summary) -> bool:
        """Whether what a body did may be told here: places where it ran before in the same statement are shared."""
        made, statement = self.heap.made, self.statement
        return not (
            not self.called_back.keys().isdisjoint(summary.called_back)
            or self.is_active(summary.nodes)
            or self.spent + summary.spent > self.budget
            or any((statement, *place) in made for place in summary.places)
        )

    def _again(self, summary: Summary, order: Sequence[int]) -> Value:
        heap, objects = self.heap, list(order)
        heap.note("told", summary)
        self.spent += summary.spent
        work = heap.work + summary.work
        for kind, *rest in summary.steps:
            self._tellers[kind](objects, *rest)
        heap.work = max(heap.work, work)
        self.check()
        return frozenset(_those(objects, summary.result))

    def _tell_link(self, objects: list[int], owner: int, label: str, held: Codes) -> None:
        self.heap.link((objects[owner],), label, _those(objects, held))

    def _tell_make(self, objects: list[int], place: tuple[object, ...], facts: Mapping[str, object]) -> None:
        objects.append(self.heap.add((self.statement, *place), facts, lasting=False))

    def _tell_shift(self, objects: list[int], owner: int) -> None:
        self.heap.shift(objects[owner])

    def _tell_mutate(self, objects: list[int], codes: Codes) -> None:
        self.mutate(_those(objects, codes))

    def _tell_presume(self, objects: list[int], codes: Codes, call: ast.Call) -> None:
        self.presume(_those(objects, codes), call)

    def _tell_read(self, _: list[int], name: str, sure: bool) -> None:
        self.read_global(name, certain=sure and self.certain)

    # The first time

    def _first(
        self, start: Start, known: Known, look: object, call: tuple[Function, dict[str, Value], object]
    ) -> Value:
        """Run a body and keep what it does."""
        heap, node = self.heap, start.node
        outermost = heap.journal is None
        journal = heap.journal = [] if heap.journal is None else heap.journal
        begin = len(journal)
        try:
            result = self.evaluate_body(*call)
            entries = journal[begin:]
        finally:
            if outermost:
                heap.journal = None
        summary = summary_of(entries, start, result, self.spent, heap)
        names = _ALWAYS_ASKED.union(*(self._texts[ran].names for ran in (summary.nodes if summary else {node})))
        roots = self._roots(names)
        if self._summaries.get(node, known) is known and roots <= known.roots:
            known.summaries[look] = summary
        else:
            known = Known(roots)
        self._summaries[node] = known
        for name in names:
            self._readers.setdefault(name, set()).add(node)
        return result


def _text(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, local: frozenset[str]) -> Text:
    names: set[str] = set()
    attributes: set[str] = set()  # modules add some to the objects of others
    nodes: list[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else list(node.body)
    for child in nodes:
        if isinstance(child, _OTHER_SCOPES):
            return _UNTOLD
        if isinstance(child, ast.Name):
            names.add(child.id)
        elif not isinstance(child, ast.Constant):
            if isinstance(child, ast.Attribute):
                attributes.add(child.attr)
            nodes += children(child)
    return Text(frozenset(names - local | attributes), simple=_SEES_NAMES.isdisjoint(names | attributes))


def _those(objects: Sequence[int], codes: Codes) -> list[int]:
    return [objects[code] if code >= 0 else ~code for code in codes]
