"""Something is fitted on all rows, and what it gives is split afterwards.

A scaler, an imputer, a selection of features or an oversampling that is fitted before `train_test_split` or a cross
validation has seen the test rows: the score is better than the model. What looks at the answers, or makes rows out of
others, spoils it (`warning`); scaling and filling flatter it a little (`info`). Encoders that only learn which
categories there are, and what works row by row, are left alone.

**Example**

    X = StandardScaler().fit_transform(X)
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)

**Fix**: split first, or put the step into a `Pipeline` together with the model.
"""

from __future__ import annotations

from collections.abc import Iterator

from nbforge.lint.model import Problem, Severity
from nbforge.lint.subject import Subject

CODE = "NBF405"
SEVERITY: Severity = "warning"


def check(subject: Subject) -> Iterator[Problem]:
    """Every fit whose result is split later."""
    for leak in subject.history.leaks:
        line, column, end = subject.at(leak.fit.step, leak.fit.node)
        yield Problem(
            f"`{leak.fit.written}` is fitted on all rows, which cell {leak.split_cell} splits later (`{leak.split}`).",
            "Split first, or make it a step of a pipeline.",
            leak.fit.cell,
            line,
            column,
            end,
            severity=None if leak.fit.supervised else "info",
        )
