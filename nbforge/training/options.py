"""What a run is told, and whom it tells how it goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from nbforge.values import Json


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How to run a slice.

    Attributes:
        working_directory: the kernels' current directory; ``None`` is each notebook's folder.
        env_names: variables handed into the kernel and redacted everywhere (``--env NAME``).
        capture: project configuration that capture reads (``examples``, ``rowwise``, ``inputs``).
        reuse_network_runs: reuse a finished run even though it contacted hosts.
        keep: folder that gets ``<name>.failed.ipynb`` when a cell fails; ``None`` keeps nothing.
        output: the bundle's directory; what is below it is a product, never an input of a run.
        start_timeout: seconds that a kernel may take to start.
        reuse: take finished work from the cache; without it everything runs, whatever was run before.
    """

    working_directory: Path | None = None
    env_names: tuple[str, ...] = ()
    capture: Mapping[str, Json] = field(default_factory=dict)
    reuse_network_runs: bool = False
    keep: Path | None = None
    output: Path | None = None
    start_timeout: int = 60
    reuse: bool = True


class Progress(Protocol):
    """Hears how a run goes; printing is the caller's affair."""

    def stage(self, message: str) -> None:
        """Something other than a cell begins, e.g. ``starting the kernel``."""

    def cell_started(self, notebook: str, index: int, position: int, total: int) -> None:
        """Cell ``index`` of ``notebook`` begins, the ``position``-th (from 1) of ``total``."""

    def cell_finished(self, notebook: str, index: int, seconds: float) -> None:
        """The cell ended well."""

    def cell_failed(self, notebook: str, index: int, message: str) -> None:
        """The cell raised; ``message`` is ``ValueError: ...``."""


class NullProgress:
    """Listens to nothing."""

    def stage(self, message: str) -> None:
        """Ignored."""

    def cell_started(self, notebook: str, index: int, position: int, total: int) -> None:
        """Ignored."""

    def cell_finished(self, notebook: str, index: int, seconds: float) -> None:
        """Ignored."""

    def cell_failed(self, notebook: str, index: int, message: str) -> None:
        """Ignored."""
