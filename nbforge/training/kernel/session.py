"""What the host calls in the kernel between cells; see docs/architecture.md, "A run, step by step"."""

from __future__ import annotations

import builtins
import json
import math
import numbers
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import checkpoint as checkpoints
from . import stages
from .alignment import Rows, is_pandas
from .beside import HOOK as BESIDE
from .beside import Beside
from .bunches import Opened
from .errors import CaptureError
from .evidence import Evidence
from .instrument import HOOK, Transformer
from .loading import loadings
from .program import Step, steps, tainted
from .rawframe import RawFrame, after, bound_by, from_example, loaded_names
from .recorder import Recorder
from .splits import split_into
from .unfolding import unfolded
from .watching import watching


class Session:
    """One notebook in one kernel."""

    def __init__(self, plan: Mapping[str, Any], notebook: int, state: Path, shell: Any) -> None:
        self.plan, self.notebook, self.state, self.shell = plan, notebook, state, shell
        self.namespace: dict[str, Any] = shell.user_ns
        self.hidden = frozenset(self.namespace)
        self.name = Path(plan["notebooks"][notebook]["path"]).name
        self.cells = {cell["index"]: cell for cell in plan["cells"] if cell["notebook"] == notebook}
        self.program = steps(list(self.cells.values()))
        self.tables: frozenset[str] = frozenset()
        self.calls: Mapping[tuple[int, int], tuple[Step, ...]] = {}
        self.written = self.steps = self.program
        self.recorder = Recorder(self.namespace, self._take_raw)
        self.running_beside = frozenset(
            (index, at)
            for index, cell in self.cells.items()
            for at, it in enumerate(cell["statements"])
            if it.get("beside")
        )
        self.evidence = Evidence(self.namespace, self.hidden, every=plan.get("ordered", False))
        self.around = Beside(self.evidence, self.recorder)
        self.current: int | None = None
        self.raw: RawFrame | None = None
        self.loading = loadings(list(self.cells.values()))
        self.answered: dict[str, Any] = {}
        self.metrics: dict[str, Any] = {}
        self.files: dict[str, tuple[int, int]] = {}
        data_cells = [step.cell for step in self.steps if "data" in step.roles]
        self.last_data_cell = data_cells[-1] if data_cells else None
        self._watch()

    def install(self) -> None:
        """Let IPython call the recorder from now on; for the life of the kernel."""
        setattr(builtins, HOOK, self.recorder)
        setattr(builtins, BESIDE, self.around)
        self.shell.ast_transformers.append(Transformer(lambda: self.current, self))

    def observed(self, cell: int, at: int) -> bool:
        """See :class:`.instrument.Wanted`."""
        return (cell, at) in self.watched

    def last(self, cell: int) -> bool:
        """See :class:`.instrument.Wanted`."""
        return bool(set(self.cells[cell]["roles"]) & {"predict", "example", "metrics"})

    def beside(self, cell: int, at: int) -> bool:
        """See :class:`.instrument.Wanted`."""
        return (cell, at) in self.running_beside

    def loaded(self, cell: int, at: int) -> bool:
        """See :class:`.instrument.Wanted`."""
        return self.loading[cell] == at

    def instead(self, cell: int, at: int) -> Sequence[tuple[int, str]]:
        """See :class:`.instrument.Wanted`."""
        return [(step.statement, step.text) for step in self.calls.get((cell, at), ())]

    def _shown(self) -> set[tuple[int, int]]:
        """The last statements of the cells whose last value is kept."""
        return {(index, len(cell["statements"]) - 1) for index, cell in self.cells.items() if self.last(index)}

    def _watch(self) -> None:
        chosen, functions = self._on_the_way()
        self.watched = frozenset(step.place for step in (*chosen, *functions))
        self.recorder.watch(watching(chosen, functions))

    def _on_the_way(self) -> tuple[list[Step], list[Step]]:
        """The statements that depend on the data cell's rows, and the functions that they call."""
        _, places = tainted(self.written, self.plan["data_names"])
        chosen = [s for s in self.written if s.place in places and not s.roles & {"data", "test", "validate"}]
        called = {name for step in chosen for name in step.uses}
        functions: list[Step] = []
        for step in reversed(self.written):
            if step.kind == "function" and step.defines & called:
                functions.append(step)
                called |= step.uses
        return chosen, functions

    def begin(self, cell: int) -> None:
        """Cell ``cell`` is about to run: know it by the file names that IPython may compile it under."""
        self.current, self.recorder.active = cell, 0
        source, code = self.cells[cell]["source"], self.cells[cell]["code"]
        for text in (source, code):
            self.files[self.shell.compile.get_code_name(text, text, self.shell.execution_count)] = (self.notebook, cell)
        self.around.start()
        self.evidence.begin()

    def end(self, cell: int) -> dict[str, Any]:
        """Cell ``cell`` has run: take a copy of the raw frame after a data cell, the figures after a metrics cell.

        Returns what the cell was seen to do, see :mod:`.evidence`; ``raised``: what a statement beside the slice
        raised.
        """
        self.current = None
        self.around.end()
        seen = self.evidence.end()
        if self.around.failed is not None:
            seen["raised"] = self.around.failed
        roles = set(self.cells[cell]["roles"])
        if "data" in roles and self.loading[cell] is None and (found := self._take_raw()) is not None:
            self._keep_cut(cell, found)
        if "predict" in roles:
            bound = {name for step in self.written if step.cell == cell for name in step.defines}
            self.answered = {name: self.namespace[name] for name in bound if name in self.namespace}
        if "metrics" in roles:
            self.metrics.update(self._metrics(cell))
        return seen

    def _take_raw(self) -> RawFrame | None:
        """What was loaded is the raw frame, as it is now."""
        names = loaded_names(self.program, self.plan["data_names"])
        found = bound_by(self.steps, self.namespace, names)
        if found is not None:
            self.recorder.rows = Rows(found.value)
            self._unfold({name for name in names if is_pandas(self.namespace.get(name), "DataFrame")})
            self._begin_with(found)
        return found

    def _unfold(self, tables: Collection[str]) -> None:
        """From now on what functions do that are given rows of several of these tables runs in place of their calls."""
        self.tables = frozenset(tables)
        found = unfolded(self.program, self.tables, self._shown())
        self.written, self.calls = found.steps, found.instead
        self.steps = self.written
        self._watch()

    def _begin_with(self, raw: RawFrame | None) -> None:
        """Scoring begins with the rows of ``raw``, and what takes them out of a bunch."""
        self.raw, self.steps = raw, self.written
        if raw is not None and raw.opened is not None:
            self.steps = raw.opened.within(self.written)

    def readings(self) -> Iterator[None]:
        """Ways to take the notebook, the plainest first; it is taken so until the next one is asked for.

        Rows of a bunch may be none that the data cell binds. A cell tagged ``train`` may make rows that scoring needs:
        then it is as if it had no such tag.
        """
        raw = self.raw
        for trained in (True, False):
            if not trained:
                if not any("train" in step.roles for step in self.written):
                    return
                self._untag()
                self._begin_with(raw)
            yield
            if raw is not None and isinstance(raw.opened, Opened):
                self._begin_with(None)
                yield

    def _untag(self) -> None:
        """As if no cell were tagged ``train``."""
        self.written = tuple(replace(step, roles=step.roles - {"train"}) for step in self.written)
        for place, watched in watching(*self._on_the_way()).items():
            unchanged = self.recorder.unchanged.get(place, frozenset())
            self.recorder.unchanged[place] = unchanged & frozenset(watched.updates)

    def _keep_cut(self, cell: int, found: RawFrame) -> None:
        """What a data cell makes of its frame at its end, ``X = df[columns].values``, as if a later cell had."""
        for step in after([step for step in self.steps if step.cell == cell], found.name):
            made = {name: self.namespace[name] for name in step.defines if name in self.namespace}
            self.recorder.bound[step.place] = made
            self.recorder.parted([name for name, _ in split_into(step.tree)])

    def answer_again(self) -> None:
        """What the predict cell bound is what it was, where only statements beside the slice have bound it since."""
        if self.running_beside:
            at = max((at for at, step in enumerate(self.written) if "predict" in step.roles), default=0)
            later = {name for step in self.written[at + 1 :] for name in step.binds}
            self.namespace.update({name: item for name, item in self.answered.items() if name not in later})

    def tolerates(self, exception: str) -> bool:
        """Whether what the cell raised comes from a statement beside the slice; then it counts as run."""
        sliced = self.current is not None and self.cells[self.current]["kept"]
        if self.around.running is None and sliced:
            return False
        self.around.failed = exception
        return True

    def example(self) -> RawFrame | None:
        """The rows that the last ``nbforge:example`` cell shows; ``None`` without one, or where it shows no rows."""
        cells = [index for index, cell in self.cells.items() if "example" in cell["roles"]]
        return from_example(self._last_value(cells[-1]), cells[-1]) if cells else None

    def _last_value(self, cell: int) -> Any:
        if cell in self.recorder.lasts:
            return self.recorder.lasts[cell]
        bound = [name for step in self.steps if step.cell == cell for name in sorted(step.defines)]
        return self.namespace.get(bound[-1]) if bound else None

    def _metrics(self, cell: int) -> dict[str, Any]:
        value = self.recorder.lasts.get(cell)
        if isinstance(value, Mapping):
            found = {str(key): item for key, item in value.items()}
        else:
            mine = [step for step in self.steps if step.cell == cell]
            last = mine[-1] if mine else None
            named = sorted(last.uses) if last is not None and last.kind == "expression" else []
            names = named or [name for step in mine for name in sorted(step.defines)]
            found = {name: self.namespace[name] for name in names if name in self.namespace}
        return {name: number for name, item in found.items() if (number := _number(item)) is not None}

    def export(self) -> dict[str, Any]:
        """State for a checkpoint, beside the namespace; see :meth:`load`."""
        kept = ("raw", "metrics", "files", "tables")
        return {"recorder": self.recorder.export(), **{name: getattr(self, name) for name in kept}}

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from what :meth:`export` gave, in another kernel."""
        self.recorder.load(state["recorder"])
        self._unfold(state["tables"])
        self._begin_with(state["raw"])
        self.metrics = state["metrics"]
        self.files.update(state["files"])


def _number(value: Any) -> float | int | None:
    if isinstance(value, bool) or (not isinstance(value, numbers.Number) and not hasattr(value, "item")):
        return None
    try:
        plain = value.item() if hasattr(value, "item") else value
        return plain if isinstance(plain, int | float) and math.isfinite(plain) else None
    except (TypeError, ValueError):
        return None


_session: Session | None = None


def _active() -> Session:
    if _session is None:
        raise RuntimeError("no session was started in this kernel")
    return _session


def start(plan: str, notebook: int, state: str) -> None:
    """Begin: from now on the cells of the plan at path ``plan`` are watched. ``state``: the folder of stages' state."""
    global _session  # noqa: PLW0603 - the host calls functions: a kernel has one session
    from IPython.core.getipython import get_ipython

    content = json.loads(Path(plan).read_text(encoding="utf-8"))
    _session = Session(content, notebook, Path(state), get_ipython())
    _session.install()


def cell(index: int) -> None:
    """Cell ``index`` is about to run."""
    _active().begin(index)


def cell_done(index: int) -> dict[str, Any]:
    """Cell ``index`` has run; what it was seen to do, see :meth:`Session.end`."""
    return _active().end(index)


def tolerates(exception: str) -> bool:
    """Whether the exception that ended the running cell is none of the slice's."""
    return _active().tolerates(exception)


def checkpoint(path: str) -> dict[str, str]:
    """Save the state of the run; the names that could not be saved, with reasons."""
    session = _active()
    session.current = None
    return checkpoints.save(session.namespace, Path(path), session.hidden, session.export())[1]


def restore(path: str) -> None:
    """Bring back what :func:`checkpoint` saved, in a new kernel in which :func:`start` was called."""
    session = _active()
    session.load(checkpoints.restore(Path(path), session.namespace))


def finish_stage(state: str) -> None:
    """A nachlass notebook has run: keep what its stage was fitted on, for the composed pipeline."""
    stages.keep(_active(), Path(state))


def capture(directory: str) -> None:
    """Write ``capture.json`` and its files, or ``error.json``."""
    from .capture import Capture

    session = _active()
    session.current = None
    session.answer_again()
    target = Path(directory)
    try:
        Capture(session, target).write()
    except CaptureError as error:
        told = error.to_json()
        told["notebook"] = told["notebook"] or session.name
        (target / "error.json").write_text(json.dumps(told), encoding="utf-8")
