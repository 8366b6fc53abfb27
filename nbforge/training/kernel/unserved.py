"""Refusals of an entry point that a service cannot answer from the raw frame's rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .alignment import is_sparse
from .chain import first_line
from .entry import Entry
from .errors import CaptureError
from .features import Features
from .kinds import has
from .rawframe import RawFrame, only_turns
from .recorder import Fit
from .refusals import forecasts, remedy
from .unfitted import Unfitted, how_to_fit, only_measured

if TYPE_CHECKING:
    from .session import Session


def unsendable(value: Any) -> str:
    """What to do about rows that no client sends as they are; empty where these are none."""
    if is_sparse(value):
        return " Nobody sends a sparse matrix: the data cell has to bind the texts or the table that it is made of."
    if type(value).__module__.startswith("polars"):
        return " End the data cell with a pandas table: `rows = rows.to_pandas()`."
    return ""


def no_row(entry: Entry, cell: Mapping[str, Any]) -> CaptureError:
    """The value is none that has an answer a row."""
    given = f"`{entry.name}`, " if entry.name else ""
    kind = type(entry.value).__name__
    return CaptureError(
        exit=3,
        code="plain-rows",
        message=f"the cell ends in {given}a value of type {kind}, which is not one answer for each row.",
        remedy="End the cell with the prediction, such as `model.predict(X)`, or tag the cell that makes it."
        + forecasts(cell["code"]),
        cell=cell["index"],
        name=entry.name,
    )


def other_rows(value: Any, raw: RawFrame, cell: Mapping[str, Any]) -> CaptureError:
    """The predict cell itself answers another number of rows than the raw frame has."""
    length = value.shape[0] if is_sparse(value) else len(value) if hasattr(value, "__len__") else 1
    return CaptureError(
        exit=3,
        code="plain-rows",
        message=f"the prediction has {length} entries, "
        f"the frame `{raw.name}` that clients send rows of has {len(raw.value)}.",
        remedy=f"Predict on all of `{raw.name}` here, or end the cell with a function or a fitted estimator."
        + forecasts(cell["code"]),
        cell=cell["index"],
        name=raw.name,
    )


def not_fitted(model: Unfitted, cell: int | None) -> CaptureError:
    """The notebook fits copies of the model, or none."""
    copies = f": what `{model.measured}` fits are copies of it" if model.measured else ""
    chosen = " with the model that you choose" if model.turns else ""
    return CaptureError(
        exit=3,
        code="not-fitted",
        message=f"`{model.model}` is never fitted{copies}, so there is nothing to predict with.",
        remedy=f"End the cell with `{model.fit}`{chosen}.",
        cell=cell,
        name=model.model if model.model.isidentifier() else None,
    )


def fails(name: str, raw: RawFrame, error: Exception, session: Session, cell: int | None) -> CaptureError:
    """The entry point raises on the raw frame's rows."""
    if type(error).__name__ == "NotFittedError":
        own = has(session.namespace.get(name), "fit")
        measured = None if own or cell is None else only_measured(session, cell)
        return not_fitted(measured or how_to_fit(name, session), cell)
    given = f"`{raw.name}`, the frame that `nbforge:data` binds" if raw.name else "the input rows"
    return CaptureError(
        exit=3,
        code="entry-fails",
        message=f"`{name}` fails on {given}: {type(error).__name__}: {error}",
        remedy=f"Let `{name}` take rows as the data cell binds them, "
        "and tag the cells that transform them `nbforge:features`; "
        "or end the cell with a function of such a table that asks as has to be asked, `def answer(rows): ...`.",
        cell=cell,
        name=name,
    )


def given_other_rows(name: str, rows: str, raw: RawFrame, cell: int) -> CaptureError:
    """The notebook calls its function with rows that are made of the raw frame's."""
    return CaptureError(
        exit=3,
        code="features-not-tagged",
        message=f"`{name}` is given `{rows}`, and no cell that scoring may run makes that of `{raw.name}`, "
        "the frame that `nbforge:data` binds.",
        remedy="Tag the cells that transform the frame `nbforge:features`.",
        cell=cell,
        name=name,
    )


def no_frame(
    name: str, raw: RawFrame, fit: Fit | None, cell: int | None, others: str = "", combines: str = ""
) -> CaptureError:
    """Nothing that scoring may run makes what the estimator was fitted on.

    ``others``: rows that are not of ``raw``; ``combines``: what helps where a statement makes other rows of it.
    """
    shape = getattr(fit.data, "shape", None) if fit is not None else None
    columns = [str(label) for label in fit.data.columns] if fit is not None and hasattr(fit.data, "columns") else []
    missing = [column for column in columns if column not in map(str, getattr(raw.value, "columns", []))]
    what = f"columns {', '.join(missing[:5])}" if missing else f"data of shape {shape}"
    if shape is None and not missing and not others and name.isidentifier():
        return CaptureError(
            exit=3,
            code="features-not-tagged",
            message=f"nothing shows how rows of `{raw.name or 'the input'}` become what `{name}` was fitted on.",
            remedy=f"End the cell with what it predicts for them, such as `{name}.predict({raw.name or 'rows'})`.",
            cell=cell,
            name=name,
        )
    return CaptureError(
        exit=3,
        code="features-not-tagged",
        message=f"`{name}` was fitted on {what}, "
        f"and no cell that scoring may run makes that of `{raw.name or 'the input'}`.",
        remedy=f"`{others}` is not made of `{raw.name}`: tag the cell that loads or makes what it comes from "
        "`nbforge:data` instead."
        if others
        else combines or "Tag the cells that transform the frame `nbforge:features`.",
        cell=cell,
        name=name,
    )


def fails_alone(name: str, features: Features | None, error: Exception, cell: int | None) -> CaptureError:
    """Some rows are not answered: the statement that raised, where it is one of those before the prediction."""
    line = features.raised(error) if features is not None else None
    return CaptureError(
        exit=5,
        code="feature-state" if line is not None else "entry-fails",
        message=f"`{first_line(line.step.text) if line is not None else name}` fails on some rows by themselves "
        f"({type(error).__name__}: {error}), so the service could not answer them.",
        remedy=remedy(line.step.text) if line is not None else f"Let `{name}` take any of the rows alone.",
        cell=line.step.cell if line is not None else cell,
        name=None if line is not None else name,
    )


def no_inputs(session: Session, fitted: Any) -> CaptureError:
    """No cell binds rows that clients could send, and what a model was ``fitted`` on is none either."""
    plan, turns = session.plan, only_turns(session.steps)
    tagged = [name for name in plan["data_names"] if name in session.namespace and name not in turns]
    kinds = ", ".join(f"`{name}` is a {type(session.namespace[name]).__name__}" for name in tagged[:3])
    held = (*(session.namespace[name] for name in tagged), fitted)
    return CaptureError(
        exit=3,
        code="no-inputs",
        message=f"the cell tagged `nbforge:data` binds no table, array or texts: {kinds}."
        if tagged
        else "nothing shows what the service's clients will send.",
        remedy="Tag the cell that binds the raw data `nbforge:data`, "
        "or one that evaluates to example rows `nbforge:example`."
        + next((told for value in held if (told := unsendable(value))), "")
        + forecasts(session.cells[plan["entry"]["cell"]]["code"]),
        cell=session.last_data_cell if tagged else plan["entry"]["cell"],
    )
