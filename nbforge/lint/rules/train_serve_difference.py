"""Training rows go through something that scoring does not repeat.

The estimator that answers requests was fitted on rows that had been scaled, encoded or filled, but neither the code
that predicts nor what makes the rows that it asks about does the same: the model is asked in another language than it
was taught in. Found for transformers (`scaler.fit_transform`, `scaler.transform`), `get_dummies` and `fillna` between
the data cell and the fit. Where the predict cell ends with the estimator's name, a build makes the rows that it was
fitted on, and there is nothing to find.

**Example**

    X = scaler.fit_transform(frame)
    model.fit(X, y)
    # nbforge: predict
    def predict(rows):
        return model.predict(rows)

**Fix**: make it a step of the model's `Pipeline`, do it in a cell tagged `nbforge:features`, or repeat it in the
function that predicts.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbforge.lint import scoring
from nbforge.lint.history import Treatment
from nbforge.lint.model import Problem, Severity
from nbforge.lint.subject import Subject
from nbforge.notebook.callee import path_name
from nbforge.values import EntryPoint

CODE = "NBF502"
SEVERITY: Severity = "warning"


def check(subject: Subject) -> Iterator[Problem]:
    """Every such treatment of the rows that the scoring estimators were fitted on."""
    entry = subject.analysis.entry
    if entry is None or (entry.last == "expression" and entry.name in subject.history.fitted):
        return
    code = [piece.node for piece in scoring.pieces(subject)]
    if entry.last != "def" and entry.call is None:
        code += _making_the_rows(subject, entry)
    read = {node.id for piece in code for node in ast.walk(piece) if isinstance(node, ast.Name)}
    called = {path_name(node) for piece in code for node in ast.walk(piece) if isinstance(node, ast.Call)}
    told: set[Treatment] = set()
    for name in sorted(read & subject.history.fitted.keys()):
        fit = subject.history.fitted[name]
        for treatment in fit.through:
            if treatment in told or not _counts(subject, treatment) or _repeated(treatment, read, called):
                continue
            told.add(treatment)
            line, column, end = subject.at(treatment.step, treatment.node)
            yield Problem(
                f"`{name}` is fitted on rows that went through `{treatment.written}`, and scoring does not repeat it.",
                "Make it a step of a pipeline, do it in a `nbforge:features` cell, or repeat it where you predict.",
                treatment.cell,
                line,
                column,
                end,
            )


def _making_the_rows(subject: Subject, entry: EntryPoint) -> Iterator[ast.stmt]:
    """The statements that made what the predict cell asks about, but for those that made what was fitted."""
    waiting = subject.flow.of_cell(entry.cell)
    seen: set[int] = set()
    while waiting:
        step = subject.flow.steps[waiting.pop()]
        made = {at for name, at in step.sources.items() if at is not None and name not in subject.history.fitted}
        waiting += made - seen
        seen |= made
    yield from (piece.node for at in sorted(seen) if (piece := subject.flow.steps[at].piece) is not None)


def _counts(subject: Subject, treatment: Treatment) -> bool:
    """Whether it is done after the data were bound, outside of features cells."""
    data = [at for at, step in subject.analysis.steps() if "data" in subject.roles(step.cell)]
    return treatment.step > max(data, default=-1) and "features" not in subject.roles(treatment.cell)


def _repeated(treatment: Treatment, read: set[str], called: set[str]) -> bool:
    if treatment.by_object:
        base = treatment.key.partition(".")[0].partition("[")[0]
        return base in read
    return treatment.key in called or (treatment.key == "get_dummies" and "reindex" in called)
