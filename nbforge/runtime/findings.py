"""What checking a request finds: problems and unusual values, counted without end and told up to a limit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nbforge.runtime.problems import MAX_ERRORS, Problem, Refusal, contract_refusal

MAX_WARNINGS = 10_000
"""Most warnings that one answer lists."""


@dataclass(frozen=True, slots=True)
class Warned:
    """A value that is answered all the same, though training never saw one like it."""

    pointer: str
    code: str
    field: str


class Findings:
    """Collects. Places are worked out only for what is told: a large request can be wrong in a million places."""

    __slots__ = ("problems", "total", "unusual", "warnings")

    def __init__(self, problems: tuple[Problem, ...] = ()) -> None:
        self.problems = list(problems[:MAX_ERRORS])
        self.total = len(problems)
        self.warnings: list[Warned] = []
        self.unusual: dict[tuple[str, str], int] = {}

    def problem(self, place: Callable[[], str], code: str, detail: Callable[[], str] | str, field: str) -> None:
        """Something is wrong."""
        self.total += 1
        if self.total <= MAX_ERRORS:
            text = detail if isinstance(detail, str) else detail()
            self.problems.append(Problem(place(), code, text, field))

    def warning(self, place: Callable[[], str], code: str, field: str) -> None:
        """Something is unusual."""
        self.unusual[field, code] = self.unusual.get((field, code), 0) + 1
        if len(self.warnings) < MAX_WARNINGS:
            self.warnings.append(Warned(place(), code, field))

    def refusal(self) -> Refusal:
        """What the client is told of the problems."""
        return contract_refusal(self.problems, self.total)
