"""The thing that predicts, ready to be called: the entry of ``capture.json`` with live objects behind it."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from nbforge.runtime import answers as reading
from nbforge.runtime import equality, labels, scorer
from nbforge.runtime.errors import AnswerError

from . import estimators, unserved
from .alignment import Rows, is_pandas, is_sparse, snapshot, take
from .asked import fitted_on
from .chain import MadeInTrainingError
from .dropped import kept
from .entry import Entry
from .errors import CaptureError
from .features import FeatureBuilder, Features
from .given import given_to
from .program import Step
from .rawframe import RawFrame, after
from .recorder import Fit
from .rowcheck import check
from .unfitted import how_to_fit, is_unfitted

if TYPE_CHECKING:
    from collections.abc import Callable

    from .applied import Applied
    from .asking import Asking
    from .session import Session

PROBE_ROWS = 5
ESTIMATOR: Mapping[str, Any] = {"form": "estimator", "passes": "frame", "features": None, "columns": None}


@dataclass(frozen=True, slots=True)
class Subject:
    """What scoring will run.

    ``entry`` as in capture.json; ``scope``: what the names mean here; ``given``: names that scoring.py gets beyond the
    notebook's own; ``features``: definitions that nbforge writes; ``rewritten``: the notebook's functions whose state
    became fitted state.
    """

    entry: Mapping[str, Any]
    scope: Mapping[str, Any]
    given: Mapping[str, Any] = field(default_factory=dict)
    features: Features | None = None
    rewritten: Mapping[str, str] = field(default_factory=dict)

    def path(self) -> scorer.Path:
        """The way to predict that the service will take, over this kernel's values."""
        return scorer.Path(self.entry, self.scope)


class Finder:
    """Decides what of the raw frame reaches the entry point, and how."""

    def __init__(self, session: Session, raw: RawFrame, rowwise: bool, free_name: Callable[[str], str]) -> None:
        self.session, self.rowwise, self.free_name = session, rowwise, free_name
        self.recorder = session.recorder
        start = next((at for at, step in enumerate(session.steps) if step.cell == session.last_data_cell), 0)
        self.kept = kept(raw, after(session.steps[start:], raw.name), self.recorder)
        self.raw, self.steps, self.notes = self.kept.raw, self.kept.steps, self.kept.notes
        self.rows = Rows(self.raw.value, raw.value if self.notes else None, self.recorder.rows)

    @property
    def resampled(self) -> Any:
        """The rows that a sampler was given last, which what is fitted on has made-up ones beside."""
        return next((fit.data for fit in reversed(self.recorder.fits) if fit.method == "fit_resample"), None)

    @property
    def _cell(self) -> int | None:
        entry = self.session.plan["entry"]
        return entry["cell"] if entry else None

    def _builder(self, steps: Sequence[Step] | None = None) -> FeatureBuilder:
        steps = self.steps if steps is None else steps
        given = self.raw.opened.given if self.raw.opened is not None else {}
        return FeatureBuilder(steps, self.session.steps, self.recorder, self.rows, self.raw.name or "frame", given)

    @functools.cached_property
    def _whole(self) -> FeatureBuilder:
        return self._builder()

    def reads(self, names: frozenset[str]) -> bool:
        """Whether any of these names depends on the raw frame."""
        return self._whole.reads_frame(names)

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

    def _gives(self, subject: Subject, given: Any) -> bool:
        """Whether ``given`` is rows of what scoring makes of the raw frame for the entry point."""
        raw, features = snapshot(self.raw.value), subject.features
        try:
            made = raw if features is None else subject.scope[features.name](raw)
        except Exception:  # noqa: BLE001 - the notebook's statements may raise anything
            return False
        found = estimators.match_data(made, given)
        return found is not None and found.columns is None

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
        raise refused or unserved.no_frame(name, self.raw, fit, self._cell, self._of_others(fit))

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
        raise unserved.no_frame(asking.asked, self.raw, fit, self._cell)

    def _inputs(self, model: Any, fit: Fit | None) -> Iterator[tuple[Features | None, Any, bool]]:
        """How the raw frame's rows become what the model was fitted on.

        By these features, or none, with these columns; whether training changed the frame afterwards.
        """
        refused: list[CaptureError] = []
        frames = self._frames()
        if fit is not None and is_sparse(fit.data) and self.rows.aligned(fit.data):
            frames.sort(key=lambda each: each[1] is not fit.data)  # no other tells as surely that it is the same
        for variable, value in frames:
            found = estimators.match(value, model, fit, self.resampled)
            if found is None:
                continue
            changed = False
            try:
                features = self._reaching(variable) if variable is not None else None
            except CaptureError as error:
                refused.append(error)
                changed = True
                earlier = self._before_training(variable or "", model, fit)
                if earlier is None:
                    continue
                features, found = earlier
            yield features, found.columns, changed
        if (column := self._as_column(model, fit)) is not None:
            yield column, None, False
        for given in self._as_given(fit):
            yield given, None, False
        if refused:
            raise refused[0]

    def _as_column(self, estimator: Any, fit: Fit | None) -> Features | None:
        """The raw array as the one column that it was fitted on, as ``model.fit(x[:, np.newaxis], y)`` makes it."""
        raw = self.raw.value
        if fit is None or not isinstance(raw, np.ndarray) or raw.ndim != 1:
            return None
        if estimators.match(raw.reshape(-1, 1), estimator, fit) is None:
            return None
        parameter = self.raw.name or "rows"
        return Features(self.free_name("features"), parameter, (), f"{parameter}.reshape(-1, 1)", {}, {}, {})

    def _as_given(self, fit: Fit | None) -> Iterator[Features]:
        """The raw frame's rows as the expression that the notebook wrote in the call of ``fit`` makes them."""
        for step in given_to(fit, self.steps) if fit is not None else ():
            if not self.reads(step.uses):
                continue
            try:
                features = self._builder().build(self.free_name("features"), step.uses, step.text, step)
                subject = self._with(features, ESTIMATOR, {})
                if not self._gives(subject, fit.data if fit is not None else None):
                    continue
                check(features, subject.scope, self.rows, None, rowwise=self.rowwise, all_rows=False, at=step)
            except CaptureError:
                continue
            yield features

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
        target = frozenset({entry.name}) if entry.name else last.uses
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

    def _feature_functions(self) -> list[Features]:
        variable = next((name for name, _ in self._frames(only_features=True) if name is not None), None)
        if variable is None:
            return []
        try:
            features = self._reaching(variable)
        except MadeInTrainingError:
            features = self._reaching(variable, self._untrained())
        return [features] if features is not None else []

    def _before_training(
        self, variable: str, estimator: Any, fit: Fit | None
    ) -> tuple[Features | None, estimators.Match] | None:
        """What the feature cells made of a frame that a train cell then changed, such as by ``y = df.pop("y")``.

        Only where it is, but for columns left out, the very data of the fit.
        """
        if fit is None or not any(variable in step.binds for step in self._untrained()):
            return None
        try:
            features = self._reaching(variable, self._untrained())
            subject = self._subject(ESTIMATOR, self.session.namespace, {}, features)
            raw = snapshot(self.raw.value)
            value = subject.scope[features.name](raw) if features is not None else raw
        except Exception:  # noqa: BLE001 - the first refusal says what is wrong
            return None
        found = estimators.match(value, estimator, fit, self.resampled)
        return (features, found) if found is not None else None

    def _untrained(self) -> list[Step]:
        return [step for step in self.steps if "train" not in step.roles]

    def _reaching(self, variable: str, steps: Sequence[Step] | None = None) -> Features | None:
        features = self._builder(steps).build(self.free_name("features"), frozenset({variable}), variable)
        return features if features.lines or features.result != features.parameter else None

    def _frames(self, *, only_features: bool = False) -> list[tuple[str | None, Any]]:
        """Candidate inputs: ``(variable, value)``, ``None`` for the raw frame itself; the likeliest first."""
        made: dict[str, Any] = {}
        tagged: list[str] = []
        for step in self.steps:
            for name, value in sorted(self.recorder.bound.get(step.place, {}).items()):
                if self.rows.of_rows(value) and not _is_target_like(value, self.raw.value):
                    made.pop(name, None)
                    made[name] = value
                    if "features" in step.roles:
                        tagged = [*(item for item in tagged if item != name), name]
        chosen: list[tuple[str | None, Any]] = [(name, made[name]) for name in reversed(tagged)]
        if only_features:
            return chosen
        others = [(name, value) for name, value in reversed(made.items()) if name not in tagged]
        others.sort(key=lambda item: not self.rows.aligned(item[1]))  # a part of the rows comes from one of all of them
        return [*chosen, (None, self.raw.value), *others]

    def _columns(self) -> list[list[Any] | None]:
        """All columns; all but the target; those that some fit took."""
        raw = self.raw.value
        found: list[list[Any] | None] = [None]
        if is_pandas(raw, "DataFrame"):
            target = estimators.target_of(raw, self.recorder.fits)
            if target is not None:
                found.append([column for column in raw.columns if column != target.name])
            for fit in reversed(self.recorder.fits):
                if is_pandas(fit.data, "DataFrame") and set(fit.data.columns) <= set(raw.columns):
                    found.append(list(fit.data.columns))
                elif is_pandas(fit.data, "Series") and fit.data.name in raw.columns:
                    found.append([fit.data.name])
        return found

    def _narrowed(self, features: Features | None, columns: list[Any] | None) -> Features | None:
        """The features function, with a selection of columns behind it."""
        if columns is None:
            return features
        if features is not None:
            return None
        parameter = self.raw.name or "frame"
        return Features(self.free_name("features"), parameter, (), f"{parameter}[{columns!r}]", {}, {}, {})

    def _subject(
        self, base: Mapping[str, Any], scope: Mapping[str, Any], given: Mapping[str, Any], features: Features | None
    ) -> Subject:
        if features is None:
            return Subject(base, scope, given)
        return self._with(features, {**base, "features": features.name}, given)

    def _with(self, features: Features, entry: Mapping[str, Any], given: Mapping[str, Any]) -> Subject:
        scope: dict[str, Any] = {**self.session.namespace, **given, **features.state}
        for text in (*features.functions.values(), features.source):
            exec(compile(text, "<features>", "exec", dont_inherit=True), scope)  # noqa: S102 - the notebook's own statements
        return Subject(entry, scope, {**given, **features.state}, features, features.functions)

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


def _is_target_like(value: Any, raw: Any) -> bool:
    """A series cut out of a frame is more often the target than the input."""
    return (
        is_pandas(value, "Series")
        and is_pandas(raw, "DataFrame")
        and value.dtype != object
        and value.dtype.kind in "biuf"
    )
