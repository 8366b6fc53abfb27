"""The only score is one of the training data.

A model is scored on the rows that it was fitted on, and nowhere in the notebook on others: no test part of a split,
no cross validation, no grid search. The score says how well it remembers, not how well it predicts.

**Example**

    model.fit(X, y)
    model.score(X, y)

**Fix**: keep rows back with `train_test_split`, or use `cross_val_score`.
"""

from __future__ import annotations

from collections.abc import Iterator

from nbforge.lint.model import Problem, Severity
from nbforge.lint.subject import Subject

CODE = "NBF406"
SEVERITY: Severity = "info"


def check(subject: Subject) -> Iterator[Problem]:
    """The first such score, where there is no other."""
    history = subject.history
    if history.validated or any(score.role != "fitted" for score in history.scores):
        return
    for score in history.scores[:1]:
        line, column, end = subject.at(score.step, score.node)
        message = f"`{score.written}` scores the rows that the model was fitted on, and there is no other score."
        yield Problem(
            message, "Keep rows back with `train_test_split`, or use `cross_val_score`.", score.cell, line, column, end
        )
