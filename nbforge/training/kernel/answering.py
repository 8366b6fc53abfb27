"""Which statement of the notebook is where the service starts."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import combining, stages, unserved
from . import entry as entries
from .chain import MadeInTrainingError
from .ends_on import ends_on
from .entry import Entry
from .errors import CaptureError
from .finder import Finder
from .program import Step, evaluated
from .put_down import added, beside_the_truth, of_answers_alone, put_down, puts_down
from .statements import Statements
from .subject import Subject
from .unfitted import only_measured
from .walk import Walker

if TYPE_CHECKING:
    from pathlib import Path

    from .session import Session


class Answering(Statements):
    """The search for it in one finished notebook; artifacts go into ``directory``."""

    def __init__(self, session: Session, directory: Path) -> None:
        super().__init__(session, directory)
        self.put_down = ""
        self.unanswered: list[CaptureError] = []

    def find(self) -> tuple[Subject, Walker]:
        """What predicts, and what writes down the code that it needs.

        Raises:
            CaptureError: where nothing of the notebook can be the service's answer.
        """
        if self.plan.get("stages"):
            return self._composed()
        refusals: list[CaptureError] = []
        for _ in self.session.readings():
            try:
                return self._found()
            except CaptureError as refusal:
                refusals.append(refusal)
        likely = next((each for each in refusals if not isinstance(each, MadeInTrainingError)), refusals[0])
        likely.remedy = combining.made_up(self.session.steps, likely) or likely.remedy
        raise likely

    def _found(self) -> tuple[Subject, Walker]:
        walker, plan = self._walker(), self.plan["entry"]
        self.chosen, self.put_down, self.unanswered = plan, "", []
        try:
            adding = added(plan["cell"], self.session.steps, self.session.namespace)
            subject = self._as_put_down(adding, walker)
            return subject or self._answering(plan, walker), walker
        except CaptureError as refusal:
            written = refusal.cell == plan["cell"] and puts_down(plan["cell"], self.session.steps)
            if refusal.code not in entries.NO_ANSWER and not written:
                raise
            refusals = [refusal]
            if (subject := self._putting_down(plan, walker, made=True)) is not None:
                return subject, walker
            likely = [*self._of_a_call(plan), *plan["earlier"]]
            for self.chosen in likely:
                try:
                    return self._answering(self.chosen, walker), walker
                except CaptureError as another:
                    refusals.append(another)
            if (subject := self._putting_down(plan, walker, made=False)) is not None:
                return subject, walker
            try:
                if (subject := self._ending(plan["cell"], walker)) is not None:
                    return subject, walker
            except CaptureError as another:
                # a model that does not take the rows says less than the first refusal
                if another.code != "entry-fails" and not self.unanswered:
                    raise
            raise self._likeliest(refusals) from None

    def _likeliest(self, refusals: Sequence[CaptureError]) -> CaptureError:
        """Which of the refusals of the predict cell's statements says most."""
        cell = self.plan["entry"]["cell"]
        telling = next((each for each in [*self.unanswered, *refusals] if each.code not in entries.NO_ANSWER), None)
        if telling is None and (measured := only_measured(self.session, cell)) is not None:
            return unserved.not_fitted(measured, cell)
        return telling or (refusals[1] if refusals[1:] else refusals[0])

    def _putting_down(self, plan: Mapping[str, Any], walker: Walker, *, made: bool) -> Subject | None:
        """What the predict cell asks a model to put it into a table or a file, as its prediction.

        ``made``: of this only what is made of answers, and is none that the cell has a name for.
        """
        asked = [*put_down(plan["cell"], self.session.steps)]
        if made:
            names = {each["name"] for each in plan["earlier"]}
            asked = [*itertools.takewhile(lambda each: each.text not in names, asked)]
            asked = [each for each in asked if of_answers_alone(each, self.session.steps, self.session.namespace)]
        return self._as_put_down(asked, walker)

    def _as_put_down(self, questions: Iterable[Step], walker: Walker) -> Subject | None:
        """The first of these questions that can be answered for all of the raw frame's rows."""
        raw = self.session.raw or self.session.example()
        if raw is None:
            return None
        for asked in questions:
            self.raw = raw
            finder = Finder(self.session, raw, self.rowwise, walker.free_name)
            try:
                subject = self._as_asked(finder, asked)
            except CaptureError as refusal:
                measures = beside_the_truth(asked, self.session.steps, self.session.namespace)
                if refusal.code not in entries.NO_ANSWER and not measures:
                    self.unanswered = [*self.unanswered, refusal]
            except Exception:  # noqa: BLE001, S112 - a model may raise anything
                continue
            else:
                self.raw, self.left_out, self.put_down = finder.raw, finder.notes, asked.text
                return subject
        return None

    def _ending(self, cell: int, walker: Walker) -> Subject | None:
        """The model that the predict cell ends on."""
        model = ends_on(cell, self.session.steps, self.session.namespace)
        if model is None:
            return None
        if isinstance(model, ast.Call):
            return self._made_there(model, walker)
        self.chosen = {**self.plan["entry"], "last": "assignment", "call": None, "receiver": None, "name": model.id}
        return self._answering(self.chosen, walker)

    def _made_there(self, made: ast.Call, walker: Walker) -> Subject | None:
        """The model without a name that the predict cell makes and gives to what fits it: of such ones the last."""
        anew = evaluated(made, self.session.namespace)
        fitted = [fit.receiver for fit in self.fits if type(fit.receiver) is type(anew)]
        alike = [each for each in fitted if repr(each) == repr(anew)]
        if not alike:
            return None
        self.chosen = {**self.plan["entry"], "name": ast.unparse(made)}
        return self._of_rows(Entry("estimator", None, alike[-1]), self.chosen, self.session.raw, walker)

    def _of_a_call(self, plan: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """What the predict cell's last statement binds, the last name first, where it is a call in whose place the
        function's statements run.
        """
        last = next((step for step in reversed(self.session.program) if step.cell == plan["cell"]), None)
        if last is None or last.place not in self.session.calls:
            return []
        bound = [node.id for node in ast.walk(last.tree) if isinstance(node, ast.Name) and node.id in last.defines]
        value = {**plan, "last": "assignment", "call": None, "receiver": None}
        return [{**value, "name": name} for name in reversed(bound)]

    def _composed(self) -> tuple[Subject, Walker]:
        composed = stages.compose(self.plan, self.session.state)
        self.files.update(composed.files)
        self.raw, self.fits = composed.raw, composed.fits
        self.entry = Entry("estimator", "pipeline", composed.pipeline)
        walker = self._walker()
        base = {"form": "estimator", "name": "pipeline", "passes": "frame", "features": None, "columns": None}
        given: dict[str, Any] = {}
        parts = []
        for step, stage in composed.steps:
            name = walker.free_name(step.replace("-", "_") if step[:1].isalpha() else f"stage_{step.replace('-', '_')}")
            given[name] = stage
            walker.emit(name, stage, given=True)
            parts.append(f"({step!r}, {name})")
        from sklearn.pipeline import Pipeline

        walker.emit("Pipeline", Pipeline, given=True)
        walker.emit_text("pipeline", f"pipeline = Pipeline([{', '.join(parts)}])", None, kind="constant")
        return Subject(base, {**given, "pipeline": composed.pipeline}), walker
