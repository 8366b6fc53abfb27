"""What of the raw frame reaches the entry point, and how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nbforge.runtime import answers as reading
from nbforge.runtime import equality, labels
from nbforge.runtime.errors import AnswerError

from . import combining, estimators, unserved
from .alignment import snapshot, take
from .asked import fitted_on
from .candidates import Candidates
from .chain import MadeInTrainingError
from .entry import Entry
from .errors import CaptureError
from .features import Features
from .program import Step
from .recorder import Fit
from .rowcheck import check
from .subject import ESTIMATOR, Subject
from .unfitted import how_to_fit, is_unfitted

if TYPE_CHECKING:
    from .applied import Applied
    from .asking import Asking

PROBE_ROWS = 5


class Finder(Candidates):
    """Decides what of the raw frame reaches the entry point, and how."""

    @property
    def _cell(self) -> int | None:
        entry = self.session.plan["entry"]
        return entry["cell"] if entry else None

    def function(self, entry: Entry, applied: Applied | None = None) -> Subject:
        """The frame after feature cells, as it is, or without what the function cannot take: the first that works.

        Where the notebook calls it with rows, ``applied``, they are of what the function gets here.
        """
        name = entry.name or "predict"
        base = {"form": "function", "name": name, "passes": "frame", "features": None, "columns": None}
        scope = {**self.session.namespace, name: entry.value}
        failures: list[Exception] = []
        for features in (*self._feature_functions(), None):
            for columns in self._columns():
                narrowed = self._narrowed(features, columns)
                if narrowed is None and (features is not None or columns is not None):
                    continue
                subject = self._subject(base, scope, {name: entry.value}, narrowed)
                if applied is not None and not self._gives(subject, applied.given):
                    continue
                try:
                    self._probe(subject)
                except AnswerError as error:
                    self._check(subject, features)
                    failures.append(error)
                except Exception as error:  # noqa: BLE001 - the notebook's function may raise anything on what it cannot take
                    failures.append(error)
                else:
                    self._check(subject, features)
                    return subject
        if applied is not None and not failures:
            raise unserved.given_other_rows(name, applied.rows, self.raw, applied.step.cell)
        raise unserved.fails(name, self.raw, failures[0], self.session, self._cell)

    def estimator(self, entry: Entry, fits: tuple[Fit, ...] = ()) -> Subject:
        """The frame that matches what the estimator was fitted on.

        A feature cell's, else the raw one, else one made in between.
        """
        name = (
            entry.name
            if entry.name and self.session.namespace.get(entry.name) is entry.value
            else self.free_name("model")
        )
        scope = {**self.session.namespace, name: entry.value}
        fit = next((item for item in fits if item.receiver is entry.value), None) or estimators.fit_of(
            entry.value, self.recorder
        )
        refused: CaptureError | None = None
        for features, columns, changed in self._inputs(entry.value, fit):
            base = {**ESTIMATOR, "name": name, "columns": _encoded(columns)}
            subject = self._subject(base, scope, {name: entry.value}, features)
            try:
                self._check(subject, features, changed=changed)
            except CaptureError as refusal:
                if features is None or features.tagged:
                    raise
                refused = refused or refusal  # stacked for a plot, say; others may hold the same rows
                continue
            try:
                self._probe(subject)
            except Exception as error:
                raise unserved.fails(name, self.raw, error, self.session, self._cell) from error
            return subject
        if fit is None and is_unfitted(entry.value):
            raise unserved.not_fitted(how_to_fit(name, self.session), self._cell)
        raise refused or unserved.no_frame(name, self.raw, fit, self._cell, self._of_others(fit), self._combines())

    def _combines(self) -> str:
        session = self.session
        return combining.remedy(session.steps, self.raw, session.namespace, session.last_data_cell)

    def _of_others(self, fit: Fit | None) -> str:
        """What a model was fitted on, where that is no rows of the raw frame; else nothing."""
        mine = [step for step in self.session.steps if fit is not None and step.cell == fit.cell]
        fitted = [rows for step in mine for rows in fitted_on(step.tree)]
        return next((rows for rows in fitted if self.raw.name and not self.reads(frozenset({rows}))), "")

    def asked(self, asking: Asking, fits: Sequence[Fit]) -> tuple[Subject, Asking]:
        """What a cell asks a model, as a function of the rows that match what the model was fitted on.

        Raises:
            CaptureError: also where it does not say the same of a row alone.
        """
        known = estimators.fit_of(asking.model, self.recorder), estimators.made_with(asking.model)
        fit = next(reversed(fits), None) if known[0] is None and known[1] is None else known[0]
        base = {"form": "function", "name": asking.name, "passes": "frame", "features": None, "columns": None}
        for features, columns, changed in self._inputs(asking.model, fit):
            taking = asking.taking(columns)
            value = taking.entry(self.session.namespace).value
            scope = {**self.session.namespace, asking.name: value}
            subject = self._subject(base, scope, {asking.name: value}, features)
            self._check(subject, features, changed=changed)
            try:
                self._probe(subject)
                self._alone(subject)
            except Exception as error:
                raise unserved.fails(asking.answer, self.raw, error, self.session, self._cell) from error
            return subject, taking
        raise unserved.no_frame(asking.asked, self.raw, fit, self._cell, combines=self._combines())

    def plain(self, entry: Entry, cell: int, asked: Step | None = None) -> Subject:
        """The predict cell's last statement, or what is ``asked``, with what leads to it from the raw frame, as one
        function.

        Where a train cell changes that frame, what it does is left out, as long as the prediction stays what it was.
        """
        try:
            return self._plain(entry, cell, self.steps, asked)
        except MadeInTrainingError as refusal:
            try:
                return self._plain(entry, cell, self._untrained(), asked)
            except CaptureError:
                raise refusal from None

    def _plain(self, entry: Entry, cell: int, steps: Sequence[Step], asked: Step | None) -> Subject:
        name = self.free_name("predict")
        if not hasattr(entry.value, "__len__") or hasattr(entry.value, "fit") or isinstance(entry.value, str):
            raise unserved.no_row(entry, self.session.cells[cell])
        mine = [step for step in steps if step.cell == cell]
        last = asked or next((step for step in reversed(mine) if entry.name in step.binds), mine[-1] if mine else None)
        builder = self._builder(steps)
        if last is None or not builder.reads_frame(last.uses):
            raise CaptureError(
                exit=3,
                code="plain-no-frame",
                message=f"the prediction does not depend on `{self.raw.name}`, the frame that `nbforge:data` binds.",
                remedy=f"Predict on what is made of `{self.raw.name}`, "
                "or end the cell with a function or a fitted estimator.",
                cell=cell,
                name=self.raw.name,
            )
        asks = frozenset(each for each in last.uses if builder.reads_frame(frozenset({each})))
        target = frozenset({entry.name}) if entry.name else asks
        features = builder.build(name, target, entry.name or last.text, None if entry.name else last)
        subject = self._with(
            features, {"form": "plain", "name": name, "passes": "frame", "features": None, "columns": None}, {}
        )
        try:
            check(
                features, subject.scope, self.rows, self.kept.of(entry.value),
                rowwise=self.rowwise, all_rows=self.raw.trained, at=last,
            )  # fmt: skip
            self._probe(subject)
        except CaptureError as error:
            if error.cell != cell:
                raise
            if self.rows.aligned(entry.value):
                raise
            raise unserved.other_rows(entry.value, self.raw, self.session.cells[cell]) from error
        except AnswerError as error:
            raise unserved.no_row(entry, self.session.cells[cell]) from error
        return subject

    def _alone(self, subject: Subject) -> None:
        """Some rows by themselves are answered as together; what ranks or sorts answers tells nothing of a row."""
        some = take(self.raw.value, range(min(PROBE_ROWS, self.rows.count)))
        together = subject.path().answers(snapshot(some), len(some))
        apart = reading.join([subject.path().answers(take(some, [at]), 1) for at in range(len(some))])
        if equality.same(together, apart, exact=False, r=equality.tolerance(together)):
            raise AnswerError("it says something else of a row by itself than among others", "")

    def _probe(self, subject: Subject) -> None:
        count = min(PROBE_ROWS, self.rows.count)
        subject.path().answers(take(self.raw.value, range(count)), count)
        subject.path().answers(snapshot(self.raw.value), self.rows.count)

    def _check(self, subject: Subject, features: Features | None, *, changed: bool = False) -> None:
        """``changed``: training changed the frame afterwards, so what it is now says nothing of these statements."""
        if features is None or not features.lines:
            return
        trained = self.recorder.namespace.get(features.result)
        values = [self.recorder.bound.get(line.step.place, {}).get(features.result) for line in features.lines]
        known = next((value for value in reversed(values) if value is not None), trained)
        whole = self.raw.trained and not changed
        check(features, subject.scope, self.rows, self.kept.of(known), rowwise=self.rowwise, all_rows=whole)


def _encoded(columns: Any) -> Any:
    if columns is None:
        return None
    return [labels.encode(label) for label in columns] if isinstance(columns, list) else labels.encode(columns)
