"""Every failure a user can meet: where, what, remedy, and an exit code.

One class a stage, one base. A failure prints as ``{where}: {message}`` and a second line with the remedy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar


class NbforgeError(Exception):
    """Base of every error that nbforge raises on purpose.

    Args:
        message: what is wrong, one sentence, no location.
        remedy: what to do about it, one sentence.
        code: a stable slug for programs, e.g. ``"unknown-parameter"``.
        notebook: file name of the notebook concerned.
        cell: 0-based index over all cells of that notebook.
        name: the variable, column, field, file or distribution concerned.
        detail: longer text for people, such as a traceback; never in ``--json``'s message.

    ``cells``: of a run that failed, what each of its cells was seen to do (``training/kernel/evidence.py``).
    """

    stage: ClassVar[str] = "internal"
    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        message: str,
        *,
        remedy: str = "",
        code: str = "",
        notebook: str | None = None,
        cell: int | None = None,
        name: str | None = None,
        detail: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.code = code or self.stage
        self.notebook = notebook
        self.cell = cell
        self.name = name
        self.detail = detail
        self.cells: Sequence[Any] = ()

    @property
    def where(self) -> str:
        """``churn.ipynb, cell 7`` as far as it is known, else the empty string."""
        parts = [self.notebook] if self.notebook else []
        if self.cell is not None:
            parts.append(f"cell {self.cell}")
        return ", ".join(parts)

    def __str__(self) -> str:
        head = f"{self.where}: {self.message}" if self.where else self.message
        return f"{head}\n{self.remedy}" if self.remedy else head


class UsageError(NbforgeError):
    """The command line or the configuration is wrong."""

    stage = "usage"
    exit_code = 2


class NotebookError(NbforgeError):
    """The notebook cannot become a service as it is written."""

    stage = "notebook"
    exit_code = 3


class TrainingError(NbforgeError):
    """Executing the training slice failed."""

    stage = "training"
    exit_code = 4


class ProofError(NbforgeError):
    """The service does not predict what the notebook predicted, or a digest does not match."""

    stage = "proof"
    exit_code = 5


class ImageError(NbforgeError):
    """Building, checking, tagging or pushing the image failed."""

    stage = "image"
    exit_code = 6


class GateError(NbforgeError):
    """A test cell or a gate failed."""

    stage = "gate"
    exit_code = 7


class EnvironmentFailure(NbforgeError):  # noqa: N818 - EnvironmentError is OSError's other name
    """An environment or a lock could not be made; often worth a retry."""

    stage = "environment"
    exit_code = 8


BY_EXIT_CODE: dict[int, type[NbforgeError]] = {
    cls.exit_code: cls
    for cls in (UsageError, NotebookError, TrainingError, ProofError, ImageError, GateError, EnvironmentFailure)
}
