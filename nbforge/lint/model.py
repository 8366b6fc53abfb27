"""What rules say, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol

if TYPE_CHECKING:
    from nbforge.lint.subject import Subject

Severity = Literal["error", "warning", "info"]
SEVERITIES: Final[tuple[Severity, ...]] = ("info", "warning", "error")
"""From the least to the worst."""


@dataclass(frozen=True, slots=True)
class Fix:
    """A change of one cell that cannot break anything.

    ``part``: ``tag`` (``old`` becomes ``new`` among the tags), ``source`` (``old`` becomes ``new`` on the 1-based
    ``line``) or ``outputs`` (they are cleared).
    """

    part: Literal["tag", "source", "outputs"]
    cell: int
    old: str = ""
    new: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """What a rule found. ``line``, ``column`` and ``end_line`` are 1-based in the cell; ``None`` where none is meant.

    ``severity`` is set only where it differs from the rule's.
    """

    message: str
    remedy: str
    cell: int | None = None
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    severity: Severity | None = None
    fix: Fix | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem as it is reported.

    ``notebook`` is the path as it was given. ``excerpt`` is the line of source, without secrets; ``file_line`` the line
    of the file that people see in a review.
    """

    rule: str
    name: str
    severity: Severity
    notebook: str
    message: str
    remedy: str
    cell: int | None = None
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    excerpt: str = ""
    file_line: int = 1
    fix: Fix | None = None


class Rule(Protocol):
    """A module of ``rules/``: :data:`CODE`, :data:`SEVERITY`, its docstring and :func:`check`."""

    CODE: str
    SEVERITY: Severity
    __doc__: str | None
    __name__: str

    def check(self, subject: Subject, /) -> Iterator[Problem]:
        """What it finds in one notebook."""
