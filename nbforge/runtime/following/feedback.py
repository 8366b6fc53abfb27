"""How good the answers were, as far as clients told the truth later."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nbforge.runtime.answers import Answers
from nbforge.runtime.baseline import OTHER, PREDICTION
from nbforge.runtime.bins import category
from nbforge.runtime.contract import Contract
from nbforge.runtime.following.store import Found, Store, digest
from nbforge.runtime.ledger import Ledger
from nbforge.runtime.series import Counter
from nbforge.runtime.watching.exclusion import Exclusion

MOST_LABELS = 50
RESULTS = ("accepted", "unknown", "repeated")
_TELLING = 0


@dataclass(frozen=True, slots=True)
class Told:
    """The truth of some rows of a request, from row ``first`` on; or beside a ``prediction`` that the client kept."""

    truths: Sequence[Any]
    request: str = ""
    first: int = 0
    prediction: Any = None


class Feedback:
    """Remembers predictions, and compares them with the truth.

    ``rows``: of how many predictions a worker remembers; 0: of none.
    """

    def __init__(self, contract: Contract, ledger: Ledger, rows: int) -> None:
        kinds = {output.kind for output in contract.outputs}
        self.classifies = kinds == {"label"}
        self.possible = self.classifies or kinds == {"number"}
        names = (category(each) for each in classes(contract)[:MOST_LABELS])
        self._codes = {name: digest(name) for name in names if name is not None}
        self._labels = {code: name for name, code in self._codes.items()}
        self._store = Store(rows, ledger.workers, ledger.number, "q" if self.classifies else "d")
        self._locks = Exclusion()
        self.results = Counter(ledger, "nbforge_feedback", "Rows whose truth was told", ("result",))
        self.correct = Counter(ledger, "nbforge_feedback_correct", "Rows whose predicted class was the true one")
        self.confusion = Counter(
            ledger, "nbforge_feedback_confusion", "Rows by predicted and true class", ("predicted", "actual")
        )
        self.absolute = Counter(ledger, "nbforge_feedback_absolute_error", "Sum of absolute errors")
        self.squared = Counter(ledger, "nbforge_feedback_squared_error", "Sum of squared errors")

    @property
    def series(self) -> tuple[Counter, ...]:
        """What is counted."""
        return self.results, self.correct, self.confusion, self.absolute, self.squared

    def remember(self, request: str, answers: Answers) -> None:
        """Keep the predictions of a request."""
        if self.possible:
            self._store.remember(request, [self._coded(each) for each in answers.predictions])

    def good(self, value: Any) -> bool:
        """Whether a value can be a truth, or a prediction."""
        if self.classifies:
            return isinstance(value, (str, int, float)) and category(value) is not None
        return type(value) in (int, float) and abs(value) < 1e150

    def find(self, request: str) -> Found | None:
        """What is remembered of a request."""
        return self._store.find(request)

    def tell(self, told: Sequence[Told]) -> dict[str, int]:
        """Count truths; how many rows were accepted, are of an unknown request, or had their truth already."""
        counts = dict.fromkeys(RESULTS, 0)
        with self._locks.held(_TELLING):
            for each in told:
                self._tell(each, counts)
        for result, count in counts.items():
            self.results.labels(result).inc(count)
        return counts

    def _tell(self, told: Told, counts: dict[str, int]) -> None:
        if told.prediction is not None:
            self._compare(self._coded(told.prediction), told.truths[0])
            counts["accepted"] += 1
            return
        found = self._store.find(told.request)
        if found is None:
            counts["unknown"] += len(told.truths)
            return
        for row, truth in enumerate(told.truths, told.first):
            new = self._store.tell(found, row)
            counts["accepted" if new else "repeated"] += 1
            if new:
                self._compare(self._store.value(found, row), truth)

    def _coded(self, value: Any) -> float:
        if self.classifies:
            name = value if type(value) is str else category(value) or ""
            return self._codes.get(name) or digest(name)
        return float(value) if type(value) in (int, float) else math.nan

    def _compare(self, predicted: float, truth: Any) -> None:
        actual = self._coded(truth)
        if self.classifies:
            self.correct.inc(predicted == actual)
            self.confusion.labels(self._labels.get(int(predicted), OTHER), self._labels.get(int(actual), OTHER)).inc()
        elif math.isfinite(predicted):
            self.absolute.inc(abs(predicted - actual))
            self.squared.inc((predicted - actual) ** 2)


def classes(contract: Contract) -> list[Any]:
    """The classes of the outputs, or else those that training's answers had."""
    found = [each for output in contract.outputs for each in output.classes or ()]
    return found or list(contract.baseline.get(PREDICTION, {}).get("categories", ()))
