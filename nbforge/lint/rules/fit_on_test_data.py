"""Something is fitted on test data.

What is fitted on the test part of a split has seen the answers it is judged by, and what transforms it was fitted
anew: a scaler that is fitted twice scales twice differently. Test data are the second parts of `train_test_split`,
the test indices of a splitter (`for train, test in folds.split(X)`), and what is made of them.

**Example**

    X_train = scaler.fit_transform(X_train)
    X_test = scaler.fit_transform(X_test)

**Fix**: `scaler.transform(X_test)`.
"""

from __future__ import annotations

from collections.abc import Iterator

from nbforge.lint.model import Problem, Severity
from nbforge.lint.subject import Subject
from nbforge.lint.tables import table

CODE = "NBF404"
SEVERITY: Severity = "error"


def check(subject: Subject) -> Iterator[Problem]:
    """Every fit whose data are test data only."""
    for fit in subject.history.fits:
        if fit.role != "test" or (fit.estimator in table()["transformers"]["looking"] and not fit.again):
            continue
        line, column, end = subject.at(fit.step, fit.node)
        remedy = "Fit on the training data and only `transform` the test data."
        if fit.method == "fit":
            remedy = "Fit on the training data."
        yield Problem(f"`{fit.written}` is fitted on test data (`{fit.data}`).", remedy, fit.cell, line, column, end)
