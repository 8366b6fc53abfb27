"""Functions that code outside of the notebook may call: what it is given, and the methods of what it is given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nbforge.notebook.regions import EMPTY, Function, Value
from nbforge.notebook.special import Special


@dataclass(frozen=True, slots=True)
class Arguments:
    """The values given to a call."""

    positional: tuple[Value, ...] = ()
    keywords: tuple[tuple[str, Value], ...] = ()
    spread: Value = EMPTY  # out of *args and **kwargs: may go to any parameter

    @property
    def everything(self) -> Value:
        """All of them together."""
        found = self.spread
        for value in self.positional:
            found |= value
        for _, value in self.keywords:
            found |= value
        return found


@dataclass(slots=True)
class Callback:
    """A function that may be called from outside: with what so far, and what it gave so far."""

    function: Function
    bound: Value
    spread: Value = EMPTY
    result: Value = EMPTY


Key = tuple[int, int, Value]

# What objects know of libraries and of their own classes is not handed to callbacks unless somebody hands it over.
_NOT_GIVEN = frozenset({"class", "external", "module"})


class Callbacks(Special):
    """Evaluation of calls that other code makes.

    Where callbacks call code that calls back again, following each chain would take forever. All of them may be called
    in any order anyway: they are run one after the other until none teaches anything new.
    """

    def __init__(self) -> None:
        super().__init__()
        self.callbacks: dict[Key, Callback] = {}  # of the statement at hand
        self.wanted: dict[Key, None] | None = None  # those to run, while some are run
        self.answered = 0  # grows with what callbacks are given and give

    def apply(self, function: Function, arguments: Arguments, bound: Value = EMPTY) -> Value:
        """Run a function's body on ``arguments``, and return what it returns."""
        raise NotImplementedError

    @property
    def learnt(self) -> tuple[int, int, int]:
        """How much is known: the same as before means that evaluating again gives the same."""
        return self.heap.version, self.answered, self.rebinds

    def call_back(self, value: Value, arguments: Value, only_special: bool = False, named: bool = True) -> Value:
        """Functions and methods that ``value`` reaches may be called with anything that ``arguments`` reaches.

        Args:
            value: what may be called.
            arguments: what may be given to it.
            only_special: only by the language itself: ``__len__`` and its like.
            named: methods may be called by their names, too.
        """
        if not value or not self.heap.callables:
            return EMPTY
        candidates = value if only_special else self.heap.parts(value)
        if candidates.isdisjoint(self.heap.callables):
            return EMPTY
        given = frozenset(
            region
            for region in self.heap.parts(arguments)
            if self.heap.regions[region].kind not in _NOT_GIVEN or region in arguments
        )
        keys = [
            self._ask(function, bound, given)
            for region in sorted(candidates & self.heap.callables)
            for function, bound in self._callables(region, only_special, named)
        ]
        self._answer(keys)
        return frozenset[int]().union(*(self.callbacks[key].result for key in keys))

    def _callables(self, region: int, only_special: bool, named: bool) -> Iterator[tuple[Function, Value]]:
        function = self.heap.regions[region].function
        if function is not None:
            if not only_special:
                yield function, function.bound
            return
        for name, item in sorted(self._methods(region)):
            special = name.startswith("__") and name.endswith("__")
            method = self.heap.regions[item].function
            if method is not None and name != "__init__" and (special or (named and not only_special)):
                yield method, frozenset({region})

    def _ask(self, function: Function, bound: Value, given: Value) -> Key:
        key = (id(function.node), id(function.around), bound)
        callback = self.callbacks.setdefault(key, Callback(function, bound))
        if not given <= callback.spread:
            callback.spread |= given
            self.answered += 1
        return key

    def _answer(self, keys: Iterable[Key]) -> None:
        if self.wanted is not None:
            self.wanted.update(dict.fromkeys(keys))
            return
        self.wanted = dict.fromkeys(keys)
        try:
            grew, before = True, None
            while grew or before != (self.heap.version, self.answered, len(self.wanted)):
                before = self.heap.version, self.answered, len(self.wanted)
                with self.route() as route:
                    for key in list(self.wanted):
                        with self.maybe():
                            self._run_callback(self.callbacks[key])
                grew = route.grew
        finally:
            self.wanted = None

    def _run_callback(self, callback: Callback) -> None:
        found = self.apply(callback.function, Arguments(spread=callback.spread), callback.bound)
        if not found <= callback.result:
            callback.result |= found
            self.answered += 1

    def _methods(self, region: int) -> set[tuple[str, int]]:
        found: set[tuple[str, int]] = set()
        stack, seen = [region], {region}
        while stack:
            current = stack.pop()
            for label, members in self.heap.fields[current].items():
                known = self.heap.callables.intersection(members)
                found |= {(label, member) for member in known if self.heap.regions[member].kind == "function"}
                if label in {"__class__", "__bases__"}:
                    stack += members - seen
                    seen |= members
        return found
