"""What is said to the kernel of one notebook, phase by phase."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbforge.training.options import Progress
from nbforge.training.port import CellError, CellExitError, Kernel
from nbforge.values import CellSlice, Json, Notebook


@dataclass(slots=True)
class Counter:
    """How far a run is, over all notebooks."""

    total: int
    position: int = 0


@dataclass(frozen=True, slots=True)
class Conversation:
    """The session hooks around the cells of one notebook, in its live kernel.

    Attributes:
        plan: path of ``plan.json``.
        state: folder in which the session keeps what must outlive a kernel; the same for all notebooks of a run.
        counter: progress, shared between conversations.
        seconds: collects the seconds of each phase.
        cells_seen: collects what each cell was seen to do (``kernel/evidence.py``), with ``notebook`` and ``cell``.
    """

    kernel: Kernel
    notebook: Notebook
    index: int
    plan: Path
    state: Path
    progress: Progress
    counter: Counter
    seconds: dict[str, float]
    cells_seen: list[Json]

    def start(self) -> None:
        """The session learns the plan; always first, also before :meth:`restore`."""
        self._timed("start", lambda: self._session("start", str(self.plan), self.index, str(self.state)))

    def cells(self, phase: str, cells: Sequence[CellSlice]) -> None:
        """Execute cells in order, each between the session's hooks."""

        def all_of_them() -> None:
            for cell in cells:
                self._cell(cell)

        self._timed(phase, all_of_them)

    def finish_stage(self) -> None:
        """For a nachlass notebook: the session keeps what the stage was fitted on."""
        self._session("finish_stage", str(self.state))

    def checkpoint(self, path: Path) -> dict[str, str]:
        """Save the kernel's state; returns the names that could not be saved, with reasons."""
        unsaved = self._timed("checkpoint", lambda: self._session("checkpoint", str(path)))
        return dict(unsaved) if isinstance(unsaved, Mapping) else dict.fromkeys(unsaved or (), "")

    def restore(self, path: Path) -> None:
        """Bring back a saved state in place of running the training cells."""
        self._timed("restore", lambda: self._session("restore", str(path)))

    def capture(self, directory: Path) -> None:
        """Write ``capture.json`` and its files, or ``error.json``, into ``directory``."""
        self._timed("capture", lambda: self._session("capture", str(directory)))

    def observed(self) -> Mapping[str, Json]:
        """What this kernel was seen to read so far."""
        report: Mapping[str, Json] = self.kernel.call("lineage", "report")
        return report

    def _cell(self, cell: CellSlice) -> None:
        self.counter.position += 1
        name = self.notebook.path.name
        self.progress.cell_started(name, cell.index, self.counter.position, self.counter.total)
        began = time.monotonic()
        self._session("cell", cell.index)
        try:
            self.kernel.cell(cell.index)
        except CellError as failed:
            self.progress.cell_failed(name, cell.index, str(failed))
            if not self._tolerates(cell, failed):
                raise
        seen = self._session("cell_done", cell.index)
        if seen is not None:
            self.cells_seen.append({"notebook": self.index, "cell": cell.index, **seen})
        self.progress.cell_finished(name, cell.index, time.monotonic() - began)

    def _tolerates(self, cell: CellSlice, failed: CellError) -> bool:
        """Whether only what runs beside the slice failed, in a kernel that goes on."""
        if isinstance(failed, CellExitError) or not any(statement.beside for statement in cell.statements):
            return False
        return bool(self._session("tolerates", failed.ename))

    def _session(self, function: str, *arguments: Json) -> Json:
        return self.kernel.call("session", function, *arguments)

    def _timed(self, name: str, action: Callable[[], Json]) -> Json:
        began = time.monotonic()
        try:
            return action()
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - began
