"""What the watched statements and fit calls showed while the notebook ran.

It holds references, and copies only what a refit would lose.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

from . import stateless
from .alignment import Rows, fingerprint, is_pandas, is_sparse, snapshot
from .contexts import part
from .kinds import is_state
from .observations import Observation, Seen
from .projects import written_here
from .replaying import Called
from .replays import REPLAYS
from .sites import Site

Place = tuple[int, int]
"""A statement: its cell and its number in it."""


@dataclass(slots=True)
class Fit:
    """One ``fit``-like call: the object, what it was fitted on and, where given, the target."""

    receiver: Any
    method: str
    data: Any
    target: Any
    cell: int


@dataclass(frozen=True, slots=True)
class Watched:
    """The names that a statement reads; that it binds or updates; and those that it only may update in place.

    ``stacks``: it puts tables on each other; ``splits``: the names that it binds to parts of rows, however few;
    ``changed``: those of them that another statement changes in place.
    """

    reads: tuple[str, ...] = ()
    binds: tuple[str, ...] = ()
    updates: tuple[str, ...] = ()
    stacks: bool = False
    splits: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


NOTHING = Watched()
MOST_LABELS = 8
_EXPORTED = (
    "fits", "seen", "read", "bound", "lengths", "axes", "labels", "parts", "stacked", "unchanged", "lasts", "rows",
)  # fmt: skip
MOST_ITEMS = 10_000
NOWHERE: Place = (-1, -1)


class Recorder:
    """The object that instrumented code calls. It must never change a value or raise where the notebook would not."""

    def __init__(self, namespace: MutableMapping[str, Any], loaded: Callable[[], object] = lambda: None) -> None:
        self.namespace, self.loaded = namespace, loaded
        self.fits: list[Fit] = []
        self.seen: dict[Site, dict[Place, Observation]] = {}
        self.read: dict[Place, dict[str, Any]] = {}
        self.bound: dict[Place, dict[str, Any]] = {}
        self.lengths: dict[Place, dict[str, int]] = {}
        self.axes: dict[Place, dict[str, tuple[Any, Any]]] = {}
        self.labels: dict[Place, list[Any]] = {}
        self.parts: dict[Place, dict[str, Any]] = {}
        self.stacked: dict[Place, Any] = {}
        self.lasts: dict[int, Any] = {}
        self.unchanged: dict[Place, frozenset[str]] = {}
        self.prints: dict[str, bytes | None] = {}
        self.names: Mapping[Place, Watched] = {}
        self.active = 0
        self.place = NOWHERE
        self.turn: int | None = None
        self.rows: Rows | None = None

    def watch(self, names: Mapping[Place, Watched]) -> None:
        """The statements to watch, by place."""
        self.names = names

    def before(self, cell: int, statement: int) -> None:
        """A watched statement begins: keep what it reads, and the digest of each frame that it may change in place."""
        self.active += 1
        self.place = (cell, statement)
        watched = self.names.get((cell, statement), NOTHING)
        current = self._current(watched.reads).items()
        self.read[(cell, statement)] = {name: _as_it_is(self._kept(value)) for name, value in current}
        rows = {name: value for name, value in self._current(watched.updates).items() if self._of_rows(value)}
        self.prints = {name: fingerprint(value) for name, value in rows.items()}

    def after(self, cell: int, statement: int, value: Any = None) -> Any:
        """A watched statement ends: keep what it bound, and which frames it left as they were. Gives ``value`` back."""
        self.active = max(0, self.active - 1)
        watched = self.names.get((cell, statement), NOTHING)
        self.parted(watched.splits)
        self.bound[(cell, statement)] = {
            name: item if self._stacked(item) or self._of_rows(item) else self._kept(item)
            for name, item in self._current(watched.binds).items()
        }
        self.parts[(cell, statement)] = {name: snapshot(it) for name, it in self._current(watched.changed).items()}
        rows = {name: item for name, item in self.bound[(cell, statement)].items() if self._of_rows(item)}
        self.lengths[(cell, statement)] = {
            name: item.shape[0] if is_sparse(item) else len(item)
            for name, item in rows.items()
            if hasattr(item, "__len__")
        }
        self.axes[(cell, statement)] = {
            name: (item.index, getattr(item, "columns", None))
            for name, item in rows.items()
            if is_pandas(item, "DataFrame", "Series")
        }
        now = self._current(self.prints)
        same_print = (name for name, item in now.items() if self.prints[name] == fingerprint(item) is not None)
        self.unchanged[(cell, statement)] = frozenset(same_print)
        return value

    def last(self, cell: int, value: Any) -> Any:
        """Keep what the cell's last expression evaluated to, and give it back."""
        self.lasts[cell] = value
        return value

    def see(self, site: tuple[int, int, int], key: tuple[Any, ...], value: Any) -> Any:
        """Note the value of the expression at ``site`` while a watched statement runs, and give it back."""
        if self.active:
            self._note(site, key, value)
            self._label(value)
            if self.place not in self.stacked and self._stacked(value) and is_pandas(value, "DataFrame"):
                self.stacked[self.place] = value.columns
        return value

    def turns(self, items: Iterable[Any]) -> Iterator[Any]:
        """The items of a loop, one after the other, with the number of the turn kept."""
        for self.turn, item in enumerate(items):
            yield item

    def fit(
        self,
        receiver: Any,
        method: str,
        site: tuple[int, int, int],
        key: tuple[Any, ...],
        /,
        *args: Any,
        **keywords: Any,
    ) -> Any:
        """Make a ``fit``-like call, keep its data and target and, in a watched statement, a copy of what was fitted."""
        __tracebackhide__ = True
        self._refitted(receiver)
        result = getattr(receiver, method)(*args, **keywords)
        data = args[0] if args else keywords.get("X", keywords.get("data"))
        target = args[1] if len(args) > 1 else keywords.get("y")
        self.fits.append(Fit(receiver, method, data, target, site[0]))
        if self.active:
            self._note(site, key, result, fitted=_copied(receiver))
        return result

    def call(
        self,
        receiver: Any,
        method: str,
        site: tuple[int, int, int],
        key: tuple[Any, ...],
        /,
        *args: Any,
        **keywords: Any,
    ) -> Any:
        """A call that :data:`replays.REPLAYS` names; ``receiver`` is a method's object, or a function's module."""
        __tracebackhide__ = True
        result = getattr(receiver, method)(*args, **keywords)
        if self.active:
            owner = None if isinstance(receiver, ModuleType) else receiver
            self._note(site, key, result, called=Called(method, owner, args, keywords, result))
        return result

    def function(
        self, function: Any, name: str, site: tuple[int, int, int], key: tuple[Any, ...], /, *args: Any, **keywords: Any
    ) -> Any:
        """The same for a function that the notebook calls by its bare name; one of its own by that name is another."""
        __tracebackhide__ = True
        result = function(*args, **keywords)
        if self.active:
            own = isinstance(function, FunctionType) and written_here(function)
            self._note(site, key, result, called=None if own else Called(name, None, args, keywords, result))
        return result

    def fit_of(self, receiver: Any) -> Fit | None:
        """The last fit of this very object."""
        return next((fit for fit in reversed(self.fits) if fit.receiver is receiver), None)

    def _note(
        self,
        site: tuple[int, int, int],
        key: tuple[Any, ...],
        value: Any,
        *,
        fitted: Any = None,
        called: Called | None = None,
    ) -> None:
        found = self.seen.setdefault(Site(*site), {}).setdefault(self.place, Observation())
        if found.settled and fitted is None and called is None:
            return
        try:
            parts = tuple(part(item, self.rows) for item in key)
            found.add(parts, _as_it_is(self._kept(value)))
            if fitted is not None:
                found.add_fitted(parts, fitted)
            if called is not None:
                found.add_learned(parts, REPLAYS[called.name], called)
        except Exception:  # noqa: BLE001 - watching must never break a notebook that runs; the rows themselves show the statement
            found.give_up()

    def _label(self, value: Any) -> None:
        """Keep the labels of the tables that a statement makes on its way: it may count their rows anew."""
        if self.rows is not None and is_pandas(value, "DataFrame", "Series") and len(value) <= self.rows.count:
            known = self.labels.setdefault(self.place, [])
            if len(known) < MOST_LABELS and not any(value.index is labels for labels in known):
                known.append(value.index)

    def _of_rows(self, value: Any) -> bool:
        return self.rows is not None and self.rows.of_rows(value)

    def _kept(self, value: Any) -> Any:
        if self._stacked(value) or self._of_rows(value):
            return Seen.OF_ROWS
        return value if is_state(value) else Seen.OTHER

    def _stacked(self, value: Any) -> bool:
        """Whether it is the raw frame's rows with others, which the statement that runs puts together."""
        if self.rows is None or not self.names.get(self.place, NOTHING).stacks:
            return False
        return self.rows.stacked(value)

    def _refitted(self, receiver: Any) -> None:
        """Statements that read the object before it is fitted anew have read what it is until then."""
        held = [
            (names, name)
            for place, names in self.read.items()
            for name, value in names.items()
            if value is receiver and place != self.place
        ]
        if held:
            until_now = _copied(receiver)
            for names, name in held:
                names[name] = until_now

    def parted(self, names: Sequence[str]) -> None:
        """These names hold what a split made of the rows."""
        if self.rows is not None:
            for item in self._current(names).values():
                self.rows.split(item)

    def _current(self, names: Iterable[str]) -> dict[str, Any]:
        return {name: self.namespace[name] for name in names if name in self.namespace}

    def export(self) -> dict[str, Any]:
        """State for a checkpoint; see :meth:`load`."""
        kept = (
            "fits",
            "seen",
            "read",
            "bound",
            "lengths",
            "axes",
            "labels",
            "parts",
            "stacked",
            "unchanged",
            "lasts",
            "rows",
        )
        return {name: getattr(self, name) for name in kept}

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from what :meth:`export` gave, in another kernel."""
        for name, value in state.items():
            setattr(self, name, value)


def _as_it_is(value: Any) -> Any:
    """A short list, dictionary, set or table as it is now: later statements may change it in place."""
    if type(value) in (list, dict, set) and len(value) <= MOST_ITEMS:
        return copy.copy(value)
    return value.copy() if is_pandas(value, "DataFrame", "Series") and value.size <= MOST_ITEMS else value


def _copied(value: Any) -> Any:
    """A fitted object is copied at once: the next turn of a loop may fit the same object again."""
    try:
        copied = copy.deepcopy(value)
    except Exception:  # noqa: BLE001 - whatever a user's __deepcopy__ raises, the notebook must go on
        return value
    stateless.mark(copied)
    return copied
