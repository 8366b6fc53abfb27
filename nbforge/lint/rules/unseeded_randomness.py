"""Training draws random numbers without a seed.

Every run of the notebook gives another model, so a build cannot be repeated and a difference between two models
cannot be explained. Looked at are the statements that training needs: functions that draw (`df.sample()`,
`np.random.rand()`, `train_test_split`), generators that are made without a seed, and estimators that draw while they
are fitted (`RandomForestClassifier`, `KMeans`, `SVC(probability=True)`).

A seed of the generator in question further up counts: `np.random.seed(0)` for NumPy, pandas and scikit-learn,
`random.seed(0)`, `torch.manual_seed(0)`.

**Example**

    X_train, X_test, y_train, y_test = train_test_split(X, y)

**Fix**: give `random_state=`, or set the seed in the notebook's first cell.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbforge.lint.calls import FRAME, Call
from nbforge.lint.model import Problem, Severity
from nbforge.lint.subject import Subject
from nbforge.lint.tables import draws_unless, table
from nbforge.notebook import purity
from nbforge.notebook.presumption import seeds
from nbforge.notebook.tags import SERVING

CODE = "NBF401"
SEVERITY: Severity = "warning"


def check(subject: Subject) -> Iterator[Problem]:
    """Every draw without a seed in what training needs."""
    seeded = _seeded(subject)
    for call in subject.calls:
        if not subject.analysis.wanted(call.step, call.line) or subject.roles(call.cell) & SERVING:
            continue
        drawn = _draws(call)
        if drawn is None or seeded.get(drawn[0], len(subject.flow.steps)) < call.step:
            continue
        generator, remedy = drawn
        if any(keyword.arg is None for keyword in call.node.keywords) or _in_same(subject, call, generator):
            continue
        yield Problem(
            f"`{ast.unparse(call.node.func)}` draws without a seed, so every training gives another model.",
            remedy,
            call.cell,
            call.line,
            call.column,
            call.end_line,
        )


def _draws(call: Call) -> tuple[str, str] | None:
    """The generator that a call draws from, and what to do about it."""
    if call.path in table()["generators"]["names"]:
        plain = not call.node.args and not call.node.keywords
        empty = plain or (bool(call.node.args) and _none(call.node.args[0])) or _none(call.keyword("seed"))
        return ("itself", "Give it a seed.") if empty else None
    unless = draws_unless(call)
    if unless:
        given = any(call.keyword(name) is not None and not _none(call.keyword(name)) for name in unless)
        return None if given else ("numpy", f"Give it `{unless[0]}=`.")
    rule = _rule(call)
    if rule is None or not rule.draws or (rule.unless and not _none(call.keyword(rule.unless), absent=True)):
        return None
    return (
        rule.draws,
        f"Give it `{rule.unless}=`." if rule.unless else f"Set the seed of `{rule.draws}` in a cell above.",
    )


def _rule(call: Call) -> purity.Rule | None:
    """What the purity tables say of functions; scikit-learn's classes are told apart by this rule's own table."""
    tables = purity.tables()
    if call.path.startswith("."):
        return tables.method(call.name, "frame") if call.name == "rvs" or call.receiver == FRAME else None
    if call.path.startswith(("sklearn.", "imblearn.", "category_encoders.", "feature_engine.", "mlxtend.")):
        return None
    return tables.function(call.path) if "." in call.path else None


def _none(node: ast.expr | None, absent: bool = False) -> bool:
    return absent if node is None else isinstance(node, ast.Constant) and node.value is None


def _seeded(subject: Subject) -> dict[str, int]:
    """By generator, the first statement that sets its state."""
    found: dict[str, int] = {}
    for at, step in enumerate(subject.flow.steps):
        for name in step.effects.defines | step.effects.may_define:
            if name.startswith("<seed "):
                found.setdefault(name[6:-1], at)
    return found


def _in_same(subject: Subject, call: Call, generator: str) -> bool:
    """Whether the statement sets the seed itself, as a function does that begins with it."""
    tables = purity.tables()
    for other in subject.calls:
        if other.step == call.step and (tables.function(other.path).seeds == generator or seeds(other.name)):
            return True
    return False
