"""A file that is no notebook, or none in Python.

The file is not JSON, not of Jupyter's format, of a later format than 4, or has cells that cannot be told apart. A
notebook in another language than Python cannot be built either; it is reported as `info`, so that folders with
notebooks in several languages can be linted. Nothing else is checked in such a file.

**Example**: a notebook with the conflict markers of a merge in it.

**Fix**: open the notebook in Jupyter and save it again; for a merge, take one side (`git checkout --theirs
churn.ipynb`).
"""

from __future__ import annotations

from collections.abc import Iterator

from nbforge.lint.model import Problem, Severity
from nbforge.lint.subject import Subject

CODE = "NBF001"
SEVERITY: Severity = "error"


def check(subject: Subject) -> Iterator[Problem]:  # noqa: ARG001 - what could be read has none
    """Told while reading."""
    yield from ()
