"""The kernel's one error: everything a refusal needs to reach the user through ``error.json``."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(eq=False)
class CaptureError(Exception):
    """Capture refuses. The host raises the matching :class:`nbforge.errors.NbforgeError` from it.

    Args:
        exit: exit code of the command (3 the notebook, 4 training, 5 the proof, 7 a gate).
        code: a stable slug for programs.
        message: what is wrong, one sentence, no location.
        remedy: what to do about it, one sentence.
        cell: 0-based index of the cell concerned.
        name: the variable or column concerned.
        notebook: file name of the notebook concerned.
        detail: longer text for people.
    """

    exit: int
    code: str
    message: str
    remedy: str
    cell: int | None = None
    name: str | None = None
    notebook: str | None = None
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.message}\n{self.remedy}"

    def to_json(self) -> dict[str, int | str | None]:
        """What ``error.json`` holds."""
        return asdict(self)
