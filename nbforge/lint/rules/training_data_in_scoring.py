"""The function that predicts reads rows of the training data.

A service has no training data: a function that asks the training table for a mean, for a lookup or for its own rows
cannot be shipped, and a build ends with exit code 3 (`training-data`). Training data are the tables that
`nbforge:data` cells bind, and the parts of a split. Asking for the names of the columns is no reading of rows.

**Example**

    def predict(frame):
        return model.predict(frame.fillna(customers.mean()))     # `customers` is the training table

**Fix**: compute what is needed in training (`means = customers.mean()`) and let the function read that.
"""

from __future__ import annotations

from collections.abc import Iterator

from nbforge.lint import scoring
from nbforge.lint.model import Problem, Severity
from nbforge.lint.subject import Subject
from nbforge.notebook.entry import bound_names

CODE = "NBF501"
SEVERITY: Severity = "error"

_NO_ROWS = frozenset({"columns", "dtypes", "shape", "name", "names", "ndim", "dtype"})


def check(subject: Subject) -> Iterator[Problem]:
    """Every such name in the functions that the entry point leads to; once a function."""
    rows = _training_rows(subject)
    for piece in scoring.pieces(subject, functions_only=True):
        told: set[str] = set()
        for node, asked in scoring.free_names(piece.node):
            if node.id in told or node.id not in rows or asked in _NO_ROWS:
                continue
            told.add(node.id)
            line, column, end = subject.at(piece.step, node)
            yield Problem(
                f"scoring reads `{node.id}`, which holds rows of the training data.",
                f"Compute what scoring needs of `{node.id}` in training, and read that.",
                piece.cell,
                line,
                column,
                end,
            )


def _training_rows(subject: Subject) -> set[str]:
    """Frames that data cells bind, or the last name that one binds where no frame is known, and parts of a split."""
    machine = subject.flow.machine
    last: dict[str, int] = {}
    for _, step in subject.analysis.steps():
        last |= dict.fromkeys(step.effects.defines, step.cell)
    data = {name for name, cell in last.items() if "data" in subject.roles(cell)}
    frames = {n for n in data if any(machine.heap.regions[r].qual == "frame" for r in machine.env.get(n, ()))}
    for cell in subject.code:
        source = subject.flow.cells.get(cell.index)
        names = [n for n in bound_names(source) if n in data] if source and "data" in cell.cell.roles else []
        frames |= set(names[-1:]) if not frames & set(names) else set()
    parts = {n for n in subject.history.parts if n in last and not subject.roles(last[n]) & {"features", "predict"}}
    return frames | parts
