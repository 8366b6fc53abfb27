"""A comment suppresses nothing.

`# nbforge: ignore[NBF301]` on a line without such a finding hides the next real one. So does one for a rule that does
not exist. Suppressions of rules that are switched off are left alone.

**Example**

    frame = pd.read_csv("data/customers.csv")  # nbforge: ignore[NBF303]

**Fix**: remove the comment, or correct the code in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from nbforge.lint.model import Problem, Severity
from nbforge.lint.subject import Subject
from nbforge.lint.suppression import Suppression

CODE = "NBF002"
SEVERITY: Severity = "info"


def check(subject: Subject) -> Iterator[Problem]:  # noqa: ARG001 - only the other rules tell what is used
    """Told after all other rules, by :func:`unused`."""
    yield from ()


def unused(suppressions: Iterable[Suppression], tried: Collection[str], known: Collection[str]) -> Iterator[Problem]:
    """Suppressions of rules that were ``tried`` and found nothing there, or that are not ``known``."""
    for each in suppressions:
        for code in each.codes:
            if code in known and (code in each.used or code not in tried):
                continue
            what = "there is no such finding" if code in known else "there is no such rule"
            yield Problem(
                f"`{code}` is suppressed, but {what} here.",
                "Remove the comment.",
                each.cell,
                each.line,
                each.column,
                each.line,
            )
