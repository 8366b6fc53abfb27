"""What of the raw frame may reach the entry point: the tables that scoring can make of it."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import estimators
from .alignment import Rows, is_pandas, is_sparse, snapshot
from .chain import MadeInTrainingError
from .dropped import kept
from .errors import CaptureError
from .features import FeatureBuilder, Features
from .given import given_to
from .program import Step
from .rawframe import RawFrame, after
from .recorder import Fit
from .rowcheck import check
from .subject import ESTIMATOR, Subject

if TYPE_CHECKING:
    from collections.abc import Callable

    from .session import Session


class Candidates:
    """The tables that statements made of ``raw``, and the functions that make them of a request's rows."""

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

    def _gives(self, subject: Subject, given: Any) -> bool:
        """Whether ``given`` is rows of what scoring makes of the raw frame for the entry point."""
        raw, features = snapshot(self.raw.value), subject.features
        try:
            made = raw if features is None else subject.scope[features.name](raw)
        except Exception:  # noqa: BLE001 - the notebook's statements may raise anything
            return False
        found = estimators.match_data(made, given)
        return found is not None and found.columns is None


def _is_target_like(value: Any, raw: Any) -> bool:
    """A series cut out of a frame is more often the target than the input."""
    return (
        is_pandas(value, "Series")
        and is_pandas(raw, "DataFrame")
        and value.dtype != object
        and value.dtype.kind in "biuf"
    )
