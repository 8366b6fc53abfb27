"""From the live entry point to the pieces of ``scoring.py``: everything it reads, transitively, bound as it stands now.

Modules become imports; the notebook's functions and classes their own source; literals constants; all else artifacts.
"""

from __future__ import annotations

import builtins
import io
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FunctionType, MethodType, ModuleType
from typing import Any

import cloudpickle

from nbforge.runtime import formats
from nbforge.runtime.errors import FormatError

from .alignment import Rows, is_pandas
from .column_names import is_bunch, taken_out
from .errors import CaptureError
from .literals import source_of
from .projects import Projects
from .sources import Place, Sources, as_def, names_read, rename, written
from .state_names import WORDS
from .threads import one_thread

SCORING = "scoring"
NOTEBOOK_MODULES = frozenset({"__main__", SCORING})
SILENT = {
    "display": 'def display(*objects, **options):\n    """Shows nothing: a service has no screen."""',
}
"""Names that IPython gives to notebooks, with what stands for them in a service."""

Piece = dict[str, Any]


class Walker:
    """Collects pieces. ``origin(name)``: the cell that last bound it; ``is_data(name, value)`` tells training rows."""

    def __init__(
        self,
        namespace: Mapping[str, Any],
        sources: Sources,
        artifacts: Path,
        origin: Callable[[str], Place | None],
        is_data: Callable[[str, Any], bool],
    ) -> None:
        self.namespace, self.sources, self.directory = namespace, sources, artifacts
        self.origin, self.is_data = origin, is_data
        self.overrides: dict[str, Any] = {}
        self.texts: dict[str, str] = {}
        self.done: dict[str, Any] = {}
        self.pieces: list[Piece] = []
        self.records: list[dict[str, Any]] = []
        self.projects = Projects()
        self.module = ModuleType(SCORING)
        self._artifact_of: dict[int, str] = {}

    def emit_text(self, name: str, text: str, place: Place | None, kind: str = "definition") -> None:
        """A piece that nbforge wrote, such as the features function, after what it reads."""
        self.done[name] = text
        self._piece(kind, name, self._with_dependencies(text), place)

    def emit(self, name: str, value: Any = None, *, given: bool = False) -> None:
        """Make sure that ``scoring.name`` will be bound to ``value``; by default, to what the notebook binds to it."""
        if not given and name in self.overrides:
            value, given = self.overrides[name], True
        if not given:
            if name not in self.namespace:
                self._outside(name)
                return
            value = self.namespace[name]
        if name in self.done:
            return
        self.done[name] = value
        self._emit(name, value)

    def free_name(self, wanted: str) -> str:
        """``wanted``, or that with a number, so that it meets no name of the notebook or of the module so far."""
        name, count = wanted, 2
        while name in self.namespace or name in self.done or hasattr(builtins, name):
            name, count = f"{wanted}_{count}", count + 1
        return name

    def _outside(self, name: str) -> None:
        if name in SILENT and name not in self.done:
            self.done[name] = None
            self._piece("definition", name, SILENT[name], None)

    def _emit(self, name: str, value: Any) -> None:
        if name in SILENT and getattr(value, "__module__", "").startswith("IPython"):
            self._piece("definition", name, SILENT[name], None)
        elif isinstance(value, ModuleType):
            self._module(name, value)
        elif isinstance(value, type):
            self._class(name, value)
        elif isinstance(value, FunctionType):
            self._function(name, value)
        elif isinstance(value, MethodType):
            self._method(name, value)
        elif self._imported(name, value):
            return
        else:
            self._value(name, value)

    def _module(self, name: str, module: ModuleType) -> None:
        self.projects.add(module)
        written = [
            (wanted, attribute, place)
            for bound, wanted, attribute, place in self.sources.imports()
            if bound == name and _import_gives(wanted, attribute, name) is module
        ]
        for wanted, attribute, place in dict.fromkeys(written):
            self._piece("import", name, _import_text(name, wanted, attribute), place)
        if not written:
            self._piece("import", name, _import_text(name, module.__name__, None), None)

    def _imported(self, name: str, value: Any) -> bool:
        """Whether an import statement of the notebook, or the value's own module, gives this very object."""
        for bound, wanted, attribute, place in self.sources.imports():
            if bound == name and attribute is not None and _import_gives(wanted, attribute, name) is value:
                self.projects.add_named(wanted)
                self._piece("import", name, _import_text(name, wanted, attribute), place)
                return True
        module, attribute = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
        if not isinstance(module, str) or not isinstance(attribute, str) or module in NOTEBOOK_MODULES:
            return False
        if _import_gives(module, attribute, name) is not value:
            return False
        self.projects.add_named(module)
        self._piece("import", name, _import_text(name, module, attribute), None)
        return True

    def _class(self, name: str, value: type) -> None:
        if value.__module__ not in NOTEBOOK_MODULES:
            if not self._imported(name, value):
                raise self._unsavable(name, value, "its class cannot be imported by name")
            return
        found = self.sources.of_class(value.__name__)
        if found is None and name in self.texts:  # of a function's body that ran in place of its call
            found = written(name, self.texts[name], self.origin(name))
        if found is None:
            raise self._unsavable(name, value, "its source is in no cell")
        self._definition(found.name, found.text, found.place, value)
        if name != found.name:
            self._alias(name, found.name)

    def _function(self, name: str, value: FunctionType) -> None:
        if value.__module__ not in NOTEBOOK_MODULES and self._imported(name, value):
            return
        decorated = self.sources.of_def(name)
        found = self.sources.of_function(value)
        if decorated is not None and (found is None or found.name != name) and self.namespace.get(name) is value:
            found = decorated
        if found is None and name in self.texts:  # of a function's body that ran in place of its call
            found = written(name, self.texts[name], self.origin(name))
        if found is None:
            raise self._unsavable(name, value, "its source is in no cell")
        text = self.texts.get(found.name, found.text) if found.name else as_def(found.node, name)  # type: ignore[arg-type]
        if found is not decorated:
            text = rename(text, self._close_over(value))
        defined = found.name or name
        self._definition(defined, text, found.place, value)
        if name != defined:
            self._alias(name, defined)

    def _close_over(self, function: FunctionType) -> dict[str, str]:
        """Emits what the closure holds; the names that had to change."""
        renamed: dict[str, str] = {}
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            try:
                value = cell.cell_contents
            except ValueError:
                continue
            if name in {function.__name__, "__class__"}:
                continue
            clashes = (name in self.done and self.done[name] is not value) or (
                name in self.namespace and self.namespace[name] is not value
            )
            target = self.free_name(name) if clashes else name
            if target != name:
                renamed[name] = target
            self.emit(target, value, given=True)
        return renamed

    def _method(self, name: str, value: MethodType) -> None:
        owner = next(
            (key for key, item in self.namespace.items() if item is value.__self__ and not key.startswith("_")), None
        )
        owner = owner or self.free_name(f"{name}_owner")
        self.emit(owner, value.__self__, given=True)
        self._piece("constant", name, f"{name} = {owner}.{value.__func__.__name__}", self.origin(name))

    def _definition(self, name: str, text: str, place: Place, value: Any) -> None:
        self.done.setdefault(name, value)
        relabel(value, name, self.module)
        self._piece("definition", name, self._with_dependencies(text), place)

    def _with_dependencies(self, text: str) -> str:
        """The text, once all that it reads is emitted; of a table of rows that is no row."""
        eager, lazy = names_read(text)
        text, columns = taken_out(text, [*eager, *lazy], self.namespace, self.is_data)
        self.overrides.update(columns)
        self._dependencies(text)
        return text

    def _alias(self, name: str, existing: str) -> None:
        self._piece("constant", name, f"{name} = {existing}", self.origin(name))

    def _value(self, name: str, value: Any) -> None:
        place = self.origin(name)
        literal = source_of(value)
        if literal is not None and self._packages(literal[1]):
            self._piece("constant", name, f"{name} = {literal[0]}", place)
            return
        if self.is_data(name, value):
            raise CaptureError(
                exit=3,
                code="training-data",
                message=f"scoring reads `{name}`, which holds rows of the training data; "
                "a service must not carry them.",
                remedy=f"Compute what scoring needs of `{name}` in training, "
                "or make it in a cell tagged `nbforge:features`. Where it is no training data but a catalogue that "
                "the service looks things up in, take `nbforge:data` off the cell that loads it.",
                **_where(place),
                name=name,
            )
        if id(value) in self._artifact_of:
            self._alias(name, self._artifact_of[id(value)])
            return
        self._artifact_of[id(value)] = name
        self._references(name, value)
        self._save(name, value, place)

    def _packages(self, needed: frozenset[str]) -> bool:
        """Emits ``np`` and ``pd`` for a literal that needs them; false where these names mean something else here."""
        for package, short in (("numpy", "np"), ("pandas", "pd")):
            if package in needed:
                module = sys.modules.get(package)
                if module is None or self.namespace.get(short, module) is not module:
                    return False
                self.emit(short, module, given=True)
        return True

    def _references(self, name: str, value: Any) -> None:
        """Functions and classes of the notebook, and project modules, that a fitted object holds inside."""
        finder = _Finder()
        finder.look(value)
        for module in finder.modules:
            self.projects.add_named(module)
        self._named_in_formulas(finder.words)
        for item in finder.found:
            wanted = item.__name__
            if not wanted.isidentifier():
                wanted = self.free_name(f"{name}_function")
            elif wanted in self.done and self.done[wanted] is not item:
                wanted = self.free_name(wanted)
            self.emit(wanted, item, given=True)
            relabel(item, wanted, self.module)

    def _named_in_formulas(self, words: set[str]) -> None:
        """What a formula calls is looked for by name when the object that holds it is loaded."""
        for word in sorted(words & self.namespace.keys()):
            value = self.namespace[word]
            if isinstance(value, ModuleType | FunctionType | type):
                self.emit(word)
                setattr(self.module, word, value)

    def _save(self, name: str, value: Any, place: Place | None) -> None:
        sys.modules[SCORING] = self.module
        try:
            record = formats.save(value, self.directory, name)
        except FormatError as error:
            raise self._unsavable(name, value, str(error.message).rstrip(".")) from error
        self.records.append({**record, "name": name, **_place_record(place)})
        self._piece("artifact", name, f'{name} = artifact("{name}")', place)

    def _dependencies(self, text: str) -> None:
        eager, lazy = names_read(text)
        for name in (*eager, *lazy):
            if name not in self.done and not (name.startswith("__") and name.endswith("__")):
                self.emit(name)

    def _piece(self, kind: str, name: str, source: str, place: Place | None) -> None:
        self.pieces.append({"kind": kind, "name": name, "source": source, **_place_record(place)})

    def _unsavable(self, name: str, value: Any, reason: str) -> CaptureError:
        kind = type(value)
        return CaptureError(
            exit=3,
            code="unsavable",
            message=f"scoring needs `{name}`, a {kind.__module__}.{kind.__qualname__} "
            f"that no format can save: {reason}.",
            remedy=f"Make `{name}` inside the function that scores, or compute what scoring needs of it in training.",
            **_where(self.origin(name)),
            name=name,
        )


class _Finder(cloudpickle.Pickler):  # type: ignore[misc]  # cloudpickle has no types
    """Goes through an object as pickling would, and notes what it refers to; ``words``: those of its formulas.

    Estimators on the way answer in one thread from then on.
    """

    def __init__(self) -> None:
        super().__init__(io.BytesIO())
        self.found: list[Any] = []
        self.modules: set[str] = set()
        self.words: set[str] = set()

    def look(self, value: Any) -> None:
        try:
            self.dump(value)
        except Exception:  # noqa: BLE001 - what cannot be pickled may still have a format of its own; saving tells
            return

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, type | FunctionType):
            module = getattr(obj, "__module__", "") or ""
            if module in NOTEBOOK_MODULES:
                if not any(item is obj for item in self.found):
                    self.found.append(obj)
                return str, ("",)
            self.modules.add(module)
        else:
            one_thread(obj)
            if isinstance(formula := getattr(obj, "__dict__", {}).get("formula"), str):
                self.words.update(WORDS.findall(formula))
        return super().reducer_override(obj)


def _place_record(place: Place | None) -> dict[str, int | None]:
    return {"notebook": place[0] if place else None, "cell": place[1] if place else None}


def _where(place: Place | None) -> dict[str, Any]:
    return {"cell": place[1]} if place else {}


def relabel(value: Any, name: str, module: ModuleType) -> None:
    """Make a definition of the notebook one of the scoring module, so that artifacts refer to it by that name."""
    if isinstance(value, type | FunctionType):
        value.__module__, value.__qualname__, value.__name__ = SCORING, name, name
    setattr(module, name, value)


def _import_gives(module: str, attribute: str | None, name: str) -> Any:
    if module not in sys.modules:
        return None
    if attribute is None:
        top = module.split(".", maxsplit=1)[0]
        return sys.modules[top] if name == top else sys.modules[module]
    return getattr(sys.modules[module], attribute, sys.modules.get(f"{module}.{attribute}"))


def _import_text(name: str, module: str, attribute: str | None) -> str:
    if attribute is None:
        return f"import {module}" if name == module.split(".", maxsplit=1)[0] else f"import {module} as {name}"
    return f"from {module} import {attribute}" + ("" if attribute == name else f" as {name}")


def holds_rows(value: Any, rows: Rows) -> bool:
    """Whether a value is rows of the raw frame, or a good part of them, or a data set that holds such rows."""
    if is_bunch(value):
        return any(holds_rows(item, rows) for item in value.values())
    return value is rows.raw or (
        (is_pandas(value, "DataFrame", "Series") or hasattr(value, "shape")) and rows.of_rows(value)
    )


def holds_all(value: Any, rows: Rows) -> bool:
    """Whether a value has an entry for each of the rows, or holds one that has."""
    if isinstance(value, dict):
        return any(holds_all(item, rows) for item in value.values())
    return (is_pandas(value, "DataFrame", "Series") or hasattr(value, "shape")) and rows.aligned(value)
