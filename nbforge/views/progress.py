"""How a build goes, as it goes: plain lines for logs, one live line on a terminal."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Final, Protocol, Self, TextIO

from nbforge.views import words

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status

TITLES: Final = {
    "environment": "environment",
    "unchanged": "what has changed",
    "engine": "engine and base image",
    "slice": "slicing",
    "train": "training",
    "whole": "proof of the slice",
    "bundle": "bundle",
    "lock": "lock",
    "evidence": "evidence",
    "prove": "proof",
    "image": "image",
    "publish": "in place",
    "push": "push",
}
"""The stages by the names that ``--json`` gives their timings."""


class Listener(Protocol):
    """Hears of stages and of cells; what :mod:`nbforge.pipeline` and the training report to."""

    def begin(self, stage: str) -> None:
        """A stage of :data:`TITLES` begins."""

    def end(self, stage: str, seconds: float) -> None:
        """It ended well."""

    def stage(self, message: str) -> None:
        """Something within a stage begins."""

    def cell_started(self, notebook: str, index: int, position: int, total: int) -> None:
        """A cell begins, the ``position``-th (from 1) of ``total``."""

    def cell_finished(self, notebook: str, index: int, seconds: float) -> None:
        """The cell ended well."""

    def cell_failed(self, notebook: str, index: int, message: str) -> None:
        """The cell raised."""


class Clock:
    """Tells a listener of each stage and keeps its seconds."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.timings: dict[str, float] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """The time of what is done inside counts for ``stage``."""
        begun = time.monotonic()
        self.listener.begin(stage)
        yield
        self.timings[stage] = self.timings.get(stage, 0.0) + time.monotonic() - begun
        self.listener.end(stage, self.timings[stage])


class Lines:
    """A line a stage and a line a cell, each with its seconds."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._place = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.flush()

    def begin(self, stage: str) -> None:
        """Said at the end, with its seconds."""

    def end(self, stage: str, seconds: float) -> None:
        """A line."""
        self._line(f"{TITLES.get(stage, stage)}: {words.seconds(seconds)}")

    def stage(self, message: str) -> None:
        """A line."""
        self._line(f"  {message}")

    def cell_started(self, notebook: str, index: int, position: int, total: int) -> None:
        """Kept for the line at the cell's end."""
        self._place = f"[{position}/{total}] {notebook}, cell {index}"

    def cell_finished(self, notebook: str, index: int, seconds: float) -> None:  # noqa: ARG002 - known since it began
        """A line."""
        self._line(f"  {self._place}: {words.seconds(seconds)}")

    def cell_failed(self, notebook: str, index: int, message: str) -> None:  # noqa: ARG002 - known since it began
        """A line."""
        self._line(f"  {self._place}: failed: {message}")

    def _line(self, text: str) -> None:
        self._stream.write(text + "\n")
        self._stream.flush()


class Live:
    """One line that moves while something runs; stages that ended stay above it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status = console.status("")
        self._title = ""

    def __enter__(self) -> Self:
        self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._status.stop()

    def begin(self, stage: str) -> None:
        """Show it as what runs now."""
        self._title = TITLES.get(stage, stage)
        self._show("")

    def end(self, stage: str, seconds: float) -> None:
        """A line that stays."""
        self._console.print(
            f"[green]✓[/] {TITLES.get(stage, stage):<22} [dim]{words.seconds(seconds):>10}[/]", highlight=False
        )

    def stage(self, message: str) -> None:
        """Shown while it lasts."""
        self._show(message)

    def cell_started(self, notebook: str, index: int, position: int, total: int) -> None:
        """Shown while it runs."""
        self._show(f"{notebook}, cell {index}  ({position} of {total})")

    def cell_finished(self, notebook: str, index: int, seconds: float) -> None:
        """A cell that took long stays visible; the others make room."""
        if seconds >= 1:
            self._console.print(f"  [dim]{notebook}, cell {index}: {words.seconds(seconds)}[/]", highlight=False)

    def cell_failed(self, notebook: str, index: int, message: str) -> None:
        """The error itself is printed at the end; this names the cell in its place."""
        kind = message.partition(":")[0]
        self._console.print(f"  [red]✗[/] {notebook}, cell {index}: {kind}", highlight=False)

    def _show(self, what: str) -> None:
        from rich.markup import escape

        self._status.update(f"{self._title}  [dim]{escape(what)}[/]" if what else self._title)


def listener(stream: TextIO | None = None) -> Lines | Live:
    """The display that fits where the output goes: plain lines where it is no terminal, or the log of a CI system."""
    target = stream or sys.stderr
    if not target.isatty() or os.environ.get("CI"):
        return Lines(target)
    from rich.console import Console

    return Live(Console(file=target))
