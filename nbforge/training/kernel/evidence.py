"""What each cell was seen to do: names, values changed in place, files, modules, hosts, random numbers drawn.

Noted for people and for the slice; no value is kept. It costs a notebook at most :data:`SHARE` of its time: beyond
that, cells are told without what they changed in place, and say so.
"""

from __future__ import annotations

import hashlib
import random
import sys
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

from . import lineage
from .prints import fingerprint, mutable, taken

SHARE = 0.03
"""Of the notebook's own time, for looking at values."""
FREE = 0.1
"""Seconds that looking may take in any case."""
PASS = 0.05
"""Seconds that one look at all names may take; names that it does not reach are not compared."""


class Evidence:
    """Looks at the namespace before and after each cell, and, where asked, each statement."""

    def __init__(self, namespace: Mapping[str, Any], hidden: Collection[str], every: bool = False) -> None:
        """``every``: whatever it costs, as a proof of the slice needs it."""
        self.namespace, self.hidden, self.every = namespace, hidden, every
        self._began = time.monotonic()
        self._spent = 0.0
        self._look: Look | None = None
        self._started = 0.0
        self._statements: dict[int, dict[str, Any]] = {}
        self._modules: set[str] = set()
        self._inner: Look | None = None

    def begin(self) -> None:
        """A cell is about to run."""
        self._statements = {}
        lineage.recent()
        if self._look is None or not self._look.complete:
            self._look = self._looked()
        self._modules = _packages()
        self._started = time.monotonic()

    def end(self) -> dict[str, Any]:
        """The cell has run: what it did, as JSON.

        Paths are absolute; ``prints`` are digests of what it made or changed.
        """
        seconds = time.monotonic() - self._started
        before, after = self._look or Look(), self._looked()
        self._look = after
        found: dict[str, Any] = {"seconds": round(seconds, 4), **_changes(before, after)}
        new = {*found["bound"], *found["rebound"]}
        found["aliases"] = [names for names in _aliases(self._visible()) if new & set(names)]
        found["imported"] = sorted(name for name in _packages() - self._modules if not name.startswith("_"))
        for kind, name in sorted(lineage.recent()):
            found.setdefault(kind, []).append(name)
        if not (before.complete and after.complete):
            found["unchecked"] = True
        if self._statements:
            found["beside"] = self._statements
        touched = new | {*found["changed"]}
        found["prints"] = {name: print_ for name, print_ in after.prints.items() if name in touched and print_}
        return found

    def begin_statement(self) -> None:
        """A statement beside the slice is about to run."""
        self._inner = self._looked()

    def end_statement(self, at: int) -> None:
        """It has run: note which names it left as something else, and what it drew."""
        if self._inner is not None:
            found = _changes(self._inner, self._looked())
            names = [*found["bound"], *found["rebound"], *found["changed"], *found["deleted"]]
            self._statements[at] = {"names": sorted(names), "drew": found["drew"]}

    def _visible(self) -> dict[str, Any]:
        now = list(self.namespace.items())  # at once: a thread of the notebook may go on binding names
        return {name: value for name, value in now if name not in self.hidden and not name.startswith("_")}

    def _looked(self) -> Look:
        began = time.monotonic()
        visible = self._visible()
        if self.every:
            prints = taken(visible, visible, lambda: False)
        elif self._spent < max(FREE, SHARE * (began - self._began)):
            prints = taken(visible, visible, lambda: time.monotonic() - began > PASS)
        else:
            prints = {}
        ids = {name: id(value) for name, value in visible.items()}
        look = Look(ids, prints, _random_states(), len(prints) == len(visible))
        self._spent += time.monotonic() - began
        return look


class Look:
    """The namespace at one moment: identities, digests, the states of random generators."""

    def __init__(
        self,
        ids: Mapping[str, int] | None = None,
        prints: Mapping[str, str | None] | None = None,
        states: Mapping[str, str] | None = None,
        complete: bool = False,
    ) -> None:
        self.ids, self.prints, self.states, self.complete = ids or {}, prints or {}, states or {}, complete


def _changes(before: Look, after: Look) -> dict[str, Any]:
    rebound = {name for name, at in after.ids.items() if name in before.ids and before.ids[name] != at}
    changed = {
        name
        for name, print_ in after.prints.items()
        if name not in rebound and print_ and before.prints.get(name) and before.prints[name] != print_
    }
    return {
        "bound": sorted(after.ids.keys() - before.ids.keys()),
        "rebound": sorted(rebound),
        "changed": sorted(changed),
        "deleted": sorted(before.ids.keys() - after.ids.keys()),
        "drew": sorted(name for name, state in after.states.items() if before.states.get(name, state) != state),
    }


def _aliases(names: Mapping[str, Any]) -> list[list[str]]:
    """Groups of names that are bound to one object that can change."""
    groups: dict[int, list[str]] = {}
    for name, value in names.items():
        if mutable(value):
            groups.setdefault(id(value), []).append(name)
    return sorted(sorted(group) for group in groups.values() if len(group) > 1)


def _packages() -> set[str]:
    return {name.partition(".")[0] for name in list(sys.modules)} - sys.stdlib_module_names


def _random_states() -> dict[str, str]:
    """Digests of the states of the process's own random generators, of the libraries that are there."""
    states = {"random": str(hash(random.getstate()))}
    for name, state in _STATES.items():
        module = sys.modules.get(name)
        if module is not None:
            try:
                states[name] = state(module)
            except Exception:  # noqa: BLE001, S112  # a library that is half imported: it has drawn nothing yet
                continue
    return states


def _numpy_state(numpy: Any) -> str:
    _, keys, position, *rest = numpy.random.get_state()
    return hashlib.blake2b(keys.tobytes() + repr((position, rest)).encode(), digest_size=8).hexdigest()


def _torch_state(torch: Any) -> str:
    return str(fingerprint(torch.get_rng_state().numpy()))


_STATES: dict[str, Callable[[Any], str]] = {"numpy": _numpy_state, "torch": _torch_state}
