"""Runs slices, all in the same way."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nbforge.errors import NbforgeError
from nbforge.training import execute
from nbforge.training.cache import RunCache
from nbforge.training.options import Progress, RunOptions
from nbforge.values import Environment, Json, Run, Slice

Outcome = Run | NbforgeError
"""What became of a slice: a run, or the failure that a build would have ended with."""


@dataclass(frozen=True, slots=True)
class Runner:
    """Everything that a run needs besides its slice."""

    environment: Environment
    overlay: Path
    options: RunOptions
    cache: RunCache
    progress: Progress

    def run(self, slice_: Slice) -> Run:
        """See :func:`nbforge.training.execute.run`."""
        return execute.run(slice_, self.environment, self.overlay, self.options, self.cache, self.progress)

    def outcome(self, slice_: Slice, fresh: bool = False) -> Outcome:
        """The run, or how it failed. ``fresh``: really run, whatever the cache has.

        No executed notebook is kept of a failure: it is not the build's.
        """
        options = replace(self.options, keep=None, reuse=self.options.reuse and not fresh)
        try:
            return replace(self, options=options).run(slice_)
        except NbforgeError as error:
            return error


def done(outcome: Outcome) -> Run:
    """The run; a failure is raised."""
    if isinstance(outcome, NbforgeError):
        raise outcome
    return outcome


def seen(outcome: Outcome) -> Sequence[Json]:
    """What each cell was seen to do, see ``training/kernel/evidence.py``; paths are absolute."""
    if isinstance(outcome, NbforgeError):
        return outcome.cells
    return json.loads((outcome.directory / "run.json").read_text("utf-8"))["cells"]  # type: ignore[no-any-return]
