"""Training or scoring goes to the network.

What a host answers today it may not answer tomorrow: a run that contacted hosts is not reused by later builds, fails
in a CI without network, and may train on other data. In cells that scoring runs (`nbforge:predict`,
`nbforge:features`, `nbforge:validate`) every request of a client would wait for it. Looked at are the statements that
a build needs, and what the tables in `lint/libraries.toml` know.

**Example**

    frame = pd.read_csv("https://example.org/customers.csv")

**Fix**: download the file once, keep it beside the notebook or in a data store with versions, and read it from there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from nbforge.lint.calls import Call
from nbforge.lint.model import Problem, Severity
from nbforge.lint.subject import Subject
from nbforge.lint.tables import network, network_command

CODE = "NBF403"
SEVERITY: Severity = "warning"

_URL = re.compile(r"(?:https?|ftp|s3|gs|gcs|abfss?|az)://")
_READERS = re.compile(
    r"(?:pandas|polars|dask\.dataframe|geopandas|pyarrow)\..*(?:read|scan)_\w+|numpy\.(?:loadtxt|genfromtxt)|pandas\.read_\w+"
)
_SCORING = frozenset({"predict", "features", "validate"})


def check(subject: Subject) -> Iterator[Problem]:
    """Every call and command in what a build needs."""
    for call in subject.calls:
        if not subject.analysis.wanted(call.step, call.line) or not (network(call) or _reads_url(call)):
            continue
        what = f"`{call.path}`" if not _reads_url(call) else f"`{call.path}` of a URL"
        yield _problem(subject, what, call.cell, call.line, call.column, call.end_line)
    for command in subject.commands:
        if subject.analysis.wanted(command.step, command.line) and (program := network_command(command.text)):
            yield _problem(subject, f"`{program}`", command.cell, command.line, None, command.line)


def _reads_url(call: Call) -> bool:
    return bool(_READERS.fullmatch(call.path)) and any(_URL.match(text) for text in call.texts.values())


def _problem(subject: Subject, what: str, cell: int, line: int, column: int | None, end: int) -> Problem:
    who = "scoring" if subject.roles(cell) & _SCORING else "training"
    remedy = "Download it once and read it from a file."
    if who == "scoring":
        remedy = "Do it in training, and let scoring use what it gave."
    return Problem(f"{what} goes to the network in {who}.", remedy, cell, line, column, end)
