"""What one statement, function or model of the predict cell gives for a request, and what it is given."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any

from . import ahead, asking, estimators, meaning, scalars, unserved, widgets
from . import entry as entries
from .alignment import is_pandas
from .applied import Applied, applied
from .asked import question
from .entry import Entry
from .errors import CaptureError
from .finder import Finder
from .held import Held
from .notebook_data import NotebookData
from .own_rows import Applying, applying
from .printed import Rewritten, printed
from .program import Step
from .rawframe import RawFrame
from .recorder import Fit
from .subject import Subject
from .walk import Walker

if TYPE_CHECKING:
    from .session import Session


class Statements(NotebookData):
    """What scoring runs if it starts at a statement; artifacts go into ``directory``."""

    def __init__(self, session: Session, directory: Path) -> None:
        super().__init__(session, directory)
        self.config: Mapping[str, Any] = self.plan.get("config", {})
        self.rowwise = self.config.get("rowwise", True) is not False
        self.fits: tuple[Fit, ...] = tuple(session.recorder.fits)
        self.left_out: tuple[str, ...] = ()
        self.chosen: Mapping[str, Any] | None = self.plan["entry"]
        self.written: ahead.Forecast | asking.Asking | Applying | Held | Rewritten | None = None

    def _as_asked(self, finder: Finder, asked: Step) -> Subject:
        """What a question of the predict cell is answered, for all of the raw frame's rows."""
        answered = Entry("plain", None, eval(asked.text, dict(self.session.namespace)))  # noqa: S307 - the notebook's own expression
        subject = finder.plain(answered, asked.cell, asked)
        self.entry = answered
        return subject

    def _answering(self, plan: Mapping[str, Any], walker: Walker) -> Subject:
        """What scoring runs, if the statement of the predict cell that ``plan`` is about is where it starts."""
        raw = self.session.raw or self.session.example()
        columns = [str(c) for c in raw.value.columns] if raw and is_pandas(raw.value, "DataFrame") else []
        last, self.written = self.session.recorder.lasts.get(plan["cell"]), None
        if (subject := self._of_widgets(plan, last)) is not None:
            return subject
        try:
            entry = entries.find(plan, self.session.namespace, last, columns)
        except CaptureError as refusal:
            return self._by_its_calls(plan, raw, walker, refusal)
        if entry.form == "function":
            entry = self._giving(entry)
        subject = self._of_fields(entry, plan, walker) if raw is None or entry.form != "function" else None
        if subject is not None:
            return subject
        if entry.passes == "scalars":
            return self._of_scalars(entry, scalars.rows(entry, self.session, plan["cell"], {}), plan["cell"])
        return self._of_rows(entry, plan, raw, walker)

    def _of_fields(self, entry: Entry, plan: Mapping[str, Any], walker: Walker) -> Subject | None:
        """What the cell gives where it asks of plain values, not of rows of a table."""
        if entry.form == "function" and entry.passes == "frame":
            return self._of_plain_values(entry.name or "", walker.free_name, plan["cell"])
        if entry.form != "plain":
            return None
        if (subject := self._ahead(entry, plan, walker)) is not None:
            return subject
        called = scalars.called(plan, entry.name, self.session, walker.free_name)
        return self._of_call(called, plan["cell"]) if called is not None else None

    def _of_rows(self, entry: Entry, plan: Mapping[str, Any], raw: RawFrame | None, walker: Walker) -> Subject:
        behind = entries.behind(plan, self.session.namespace) if entry.form == "plain" else None
        asked = self._askings(plan, entry, walker) if entry.form == "plain" else []
        if behind is not None and raw is None and not asked:
            entry = behind
        self.entry = entry
        self.raw = raw or self._from_fit(Entry("estimator", None, asked[0].model) if asked else entry)
        finder = Finder(self.session, self.raw, self.rowwise, walker.free_name)
        self.raw, self.left_out = finder.raw, finder.notes
        if entry.form == "function":
            return self._function(finder, entry, plan["cell"])
        if entry.form == "estimator":
            return self._estimator(finder, entry)
        return self._plain(finder, entry, behind, asked)

    def _of_widgets(self, plan: Mapping[str, Any], last: Any) -> Subject | None:
        """The function of the notebook that the predict cell gives to widgets, as one of what they give."""
        return self._of_offered(widgets.offered(plan, last, self.session.steps, self.session.namespace), plan["cell"])

    def _of_offered(self, found: widgets.Offered | None, cell: int) -> Subject | None:
        steps, namespace = self.session.steps, self.session.namespace
        function = widgets.rewritten(found, steps, namespace) if found is not None else None
        if found is None or function is None:
            return None
        self.written, entry = function, widgets.entry(found, function, namespace)
        raw = self.session.raw.value if self.session.raw is not None else None
        rows = meaning.rows(entry, found.given, found.choices, raw)
        if rows is None:
            rows = scalars.rows(entry, self.session, cell, found.given, found.choices)
        return self._of_scalars(entry, rows, cell)

    def _giving(self, entry: Entry) -> Entry:
        """The function; where it only shows what it predicts, as one that gives it."""
        namespace = self.session.namespace
        if not isinstance(entry.value, FunctionType) or namespace.get(entry.name or "") is not entry.value:
            return entry
        found = printed(entry.name or "", self.session.steps, namespace)
        if found is None:
            return entry
        self.written = found
        return found.entry(entry, namespace)

    def _by_its_calls(
        self, plan: Mapping[str, Any], raw: RawFrame | None, walker: Walker, refusal: CaptureError
    ) -> Subject:
        """A function whose parameters say nothing: the notebook's calls tell what are rows, what plain values, and what
        training made.
        """
        name, session, cell = plan.get("call") or plan.get("name") or "", self.session, plan["cell"]
        if (subject := self._of_plain_values(name, walker.free_name, cell)) is not None:
            return subject
        if raw is None:
            raise refusal
        finder = Finder(session, raw, self.rowwise, walker.free_name)
        self.raw, self.left_out = finder.raw, finder.notes
        found = applied(name, cell, session, finder.reads)
        if found is None:
            raise refusal
        return self._applied(finder, found, refusal)

    def _of_plain_values(self, name: str, free_name: scalars.FreeName, cell: int) -> Subject | None:
        """A function of the plain values that the notebook calls it with, or that widgets give it in another cell."""
        if (called := self._called(name, free_name)) is not None:
            return self._of_call(called, cell)
        return self._of_offered(widgets.offered_elsewhere(name, self.plan, self.session.namespace), cell)

    def _called(self, name: str, free_name: scalars.FreeName) -> scalars.Called | None:
        """The notebook's call of its function with plain values."""
        called = scalars.called(self.chosen or {}, None, self.session, free_name)
        called = called or scalars.called_elsewhere(name, self.session, free_name)
        return called or scalars.by_defaults(name, self.session)

    def _of_call(self, called: scalars.Called, cell: int) -> Subject:
        self.written = called.held
        entry = called.entry if called.held is not None else self._giving(called.entry)
        return self._of_scalars(entry, scalars.rows(entry, self.session, cell, called.given), cell)

    def _function(self, finder: Finder, entry: Entry, cell: int) -> Subject:
        """A function of the table; where the notebook gives it other rows, what it says of those, and where it gives
        it plain values, a function of these.
        """
        found = applied(entry.name or "", cell, self.session, finder.reads)
        try:
            return finder.function(entry, found)
        except CaptureError as refusal:
            if found is not None:
                return self._applied(finder, found, refusal)
            subject = self._of_plain_values(entry.name or "", finder.free_name, cell)
            if subject is None:
                raise
            return subject

    def _applied(self, finder: Finder, found: Applied, refusal: CaptureError) -> Subject:
        """What the notebook's call of its function says of all rows."""
        try:
            return self._as_asked(finder, found.step)
        except CaptureError as reason:
            raise (refusal if reason.code in entries.NO_ANSWER else reason) from None
        except Exception:  # noqa: BLE001 - the notebook's function may raise anything
            raise refusal from None

    def _own_call(self, finder: Finder, entry: Entry) -> Applied | None:
        """The call of a function of the notebook, with rows, that the predict cell tells the value of."""
        chosen, session = self.chosen or {}, self.session
        for _, value in asking.told(chosen, entry.name, session.steps):
            match value:
                case ast.Call(func=ast.Name(id=name)) if isinstance(session.namespace.get(name), FunctionType):
                    return applied(name, chosen["cell"], session, finder.reads)
        return None

    def _askings(self, plan: Mapping[str, Any], entry: Entry, walker: Walker) -> list[asking.Asking]:
        session = self.session
        return asking.askings(plan, entry.name, session.steps, session.namespace, walker.free_name("predict"))

    def _of_scalars(self, entry: Entry, rows: Any, cell: int) -> Subject:
        name = entry.name or "predict"
        base = {"form": "function", "name": name, "passes": "scalars", "features": None, "columns": None}
        self.entry = entry
        self.raw = RawFrame(None, rows, cell, trained=False) if rows is not None else None
        return Subject(base, {**self.session.namespace, name: entry.value}, {name: entry.value})

    def _ahead(self, plain: Entry, plan: Mapping[str, Any], walker: Walker) -> Subject | None:
        """What the cell forecasts, as a function of how far ahead."""
        session = self.session
        for step, value in asking.told(plan, plain.name, session.steps):
            found = ahead.forecast(value, session.namespace, walker.free_name("forecast"))
            if found is None:
                continue
            entry = found.entry(session.namespace)
            if found.holds(entry, step, value, session):
                self.written = found
                return self._of_scalars(entry, found.rows(), plan["cell"])
        return None

    def _estimator(self, finder: Finder, entry: Entry) -> Subject:
        """The estimator; where no table is what it was fitted on, what the predict cell gives it instead."""
        try:
            return finder.estimator(entry)
        except CaptureError as refusal:
            cell = self.plan["entry"]["cell"]
            mine = [step for step in self.session.steps if step.cell == cell]
            asked = question(entry.name or "", mine) if refusal.code == "features-not-tagged" else None
            if asked is None:
                raise
            try:
                return self._as_asked(finder, asked)
            except Exception:  # noqa: BLE001 - a model may raise anything
                raise refusal from None

    def _plain(self, finder: Finder, entry: Entry, behind: Entry | None, asked: Sequence[asking.Asking]) -> Subject:
        """What the predict cell computes; where that is for other rows, what it says of those, or the estimator."""
        try:
            return finder.plain(entry, self.plan["entry"]["cell"])
        except CaptureError as refusal:
            for each in asked if refusal.code in entries.NO_ANSWER else ():
                try:
                    return self._told(finder, each)
                except CaptureError as reason:
                    if each.renames:
                        raise each.refused(self.plan["entry"]["cell"], reason) from None
            if refusal.code in entries.NO_ANSWER and (found := self._own_call(finder, entry)) is not None:
                return self._applied(finder, found, refusal)
            if refusal.code in entries.NO_ANSWER and (subject := self._with_own_rows(finder, entry)) is not None:
                return subject
            if behind is None:
                raise
            try:
                subject = finder.estimator(behind)
            except CaptureError:
                raise refusal from None
            self.entry = behind
            return subject

    def _with_own_rows(self, finder: Finder, entry: Entry) -> Subject | None:
        """The notebook's function that the cell gives rows of its own choice."""
        name = finder.free_name("predict")
        found = applying(self.chosen or {}, entry.name, self.session, finder.raw, name)
        if found is None:
            return None
        own = found.entry(self.session.namespace)
        try:
            subject = finder.function(own)
        except CaptureError:
            return None
        self.written, self.entry = found, own
        return subject

    def _told(self, finder: Finder, asked: asking.Asking) -> Subject:
        """What the cell says of a prediction: for all rows, where it has a name and is that; else as a function."""
        shown = self.session.namespace.get(asked.shown or "")
        try:
            if shown is not None:
                self.entry = Entry("plain", asked.shown, shown)
                return finder.plain(self.entry, self.plan["entry"]["cell"])
        except CaptureError:
            pass
        subject, self.written = finder.asked(asked, self.fits)
        self.entry = self.written.entry(self.session.namespace)
        return subject

    def _from_fit(self, entry: Entry) -> RawFrame:
        """Without data and example: the first argument of the fit that the prediction goes back to."""
        fit = estimators.fit_of(entry.value, self.session.recorder) if entry.form == "estimator" else None
        if entry.form == "function" and self.fits:
            fit = self.fits[-1]
        data = fit.data if fit is not None else estimators.made_with(entry.value)
        if data is None or unserved.unsendable(data) or not hasattr(data, "__len__"):
            raise unserved.no_inputs(self.session, data)
        return RawFrame(None, data, fit.cell if fit is not None else None, trained=False)
