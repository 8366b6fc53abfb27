"""The slice uses what its library has removed or renamed.

It worked with the library of its day, and with today's the build ends in the middle of training. Looked at are the
statements that a build needs; exploration that no longer runs does no harm. The facts are in `nbforge/removed.toml`:
pandas, NumPy, SciPy, scikit-learn, matplotlib, seaborn, statsmodels, XGBoost, LightGBM and Keras, each with the
version since which it is gone. Where the environment holds an earlier version, switch the rule off for the notebook.

**Example**

    from sklearn.cross_validation import train_test_split
    frame = frame.append(row)

**Fix**: what to use instead is said in the message. `nbforge lint --fix` does it where something only got another name.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from nbforge import removed
from nbforge.lint import renaming
from nbforge.lint.calls import FRAME, Call, Reference
from nbforge.lint.model import Fix, Problem, Severity
from nbforge.lint.subject import Subject
from nbforge.removed import Removed

CODE = "NBF601"
SEVERITY: Severity = "error"

_INDEXERS = frozenset({".ix"})  # attributes that are not called; others may be columns


def check(subject: Subject) -> Iterator[Problem]:
    """Every such import, name, call and argument in what a build needs."""
    called = {
        (call.step, call.line, call.column, call.path): call for call in subject.calls if call.path.startswith(".")
    }
    told: set[tuple[int, int, str]] = set()
    imported: set[str] = set()  # told where it is imported, and not again wherever it is used
    for place, entry, fix in _found(subject, called):
        key = (place.step, place.line, entry.name)
        if key in told or entry.name in imported or not subject.analysis.wanted(place.step, place.line):
            continue
        told.add(key)
        if isinstance(place, Reference) and place.imported:
            imported.add(entry.name)
        message, _, remedy = entry.told().partition(". ")
        yield Problem(f"{message}.", remedy, place.cell, place.line, place.column, place.end_line, fix=fix)


def _found(
    subject: Subject, called: Mapping[tuple[int, int, int | None, str], Call]
) -> Iterator[tuple[Call | Reference, Removed, Fix | None]]:
    for reference in subject.references:
        if not reference.path.startswith("."):
            if entry := removed.lookup(reference.path):
                yield reference, entry, renaming.of_reference(subject, reference, entry)
            continue
        call = called.get((reference.step, reference.line, reference.column, reference.path))
        if call is None and reference.path not in _INDEXERS:
            continue
        if entry := removed.method(reference.path[1:], reference.receiver.rpartition(".")[2]):
            yield reference, entry, renaming.of_method(subject, call, entry) if call is not None else None
    for call in subject.calls:
        for entry, keyword in _arguments(call):
            fix = renaming.of_argument(subject, call, keyword, entry) if keyword is not None else None
            yield call, entry, fix


def _arguments(call: Call) -> Iterator[tuple[Removed, ast.keyword | None]]:
    """Parameters and values that are gone, each with where it is given, and what has to be named now."""
    callee = f"{call.receiver}{call.path}" if call.receiver else call.path
    if callee.startswith(".") or "." not in callee:
        return
    for keyword in call.node.keywords:
        if keyword.arg is None:
            continue
        entry = removed.parameter(callee, keyword.arg)
        if entry is None and isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, str):
            entry = removed.value(callee, keyword.arg, keyword.value.value)
        if entry is not None:
            yield entry, keyword
    several = len(call.node.args) > 1 and not any(isinstance(item, ast.Starred) for item in call.node.args)
    # The first one may still stand without its name in these; elsewhere it depends on the function.
    if several and (call.receiver == FRAME or callee.startswith("seaborn.")) and (entry := removed.positional(callee)):
        yield entry, None
