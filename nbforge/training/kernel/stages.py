"""nachlass notebooks: each dumps one stage of a scikit-learn pipeline; the last kernel puts them together."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cloudpickle

from .alignment import is_sparse, snapshot
from .errors import CaptureError
from .rawframe import RawFrame
from .recorder import Fit

if TYPE_CHECKING:
    from .session import Session


@dataclass(frozen=True, slots=True)
class Composed:
    """``steps``: the stages by notebook; ``raw``: what the first was fitted on; ``fits``: of all stages."""

    steps: tuple[tuple[str, Any], ...]
    pipeline: Any
    raw: RawFrame
    fits: tuple[Fit, ...]
    files: Mapping[str, tuple[int, int]]


def keep(session: Session, state: Path) -> None:
    """Save what this notebook's objects were fitted on, for :func:`compose` in a later kernel."""
    fits = [(type(fit.receiver).__qualname__, fit.data, fit.target, fit.cell) for fit in session.recorder.fits]
    content = cloudpickle.dumps({"fits": fits, "files": session.files})
    (state / f"stage-{session.notebook}.pkl").write_bytes(content)


def compose(plan: Mapping[str, Any], state: Path) -> Composed:
    """Load the stages and their fits and make the pipeline that the service will run.

    Raises:
        CaptureError: exit 3, when a notebook dumped nothing, or the stages do not fit together.
    """
    from sklearn.pipeline import Pipeline

    numbers = [number for number, notebook in enumerate(plan["notebooks"]) if notebook["stage"]]
    names = [Path(plan["notebooks"][number]["path"]).name for number in numbers]
    stages = [(name, _load(path, file)) for (name, path), file in zip(plan["stages"], names, strict=True)]
    kept = [pickle.loads((state / f"stage-{number}.pkl").read_bytes()) for number in numbers]  # noqa: S301 - written by keep
    fits = tuple(
        Fit(stages[at][1], "fit", data, target, cell)
        for at, item in enumerate(kept)
        for kind, data, target, cell in item["fits"]
        if kind == type(stages[at][1]).__qualname__
    )
    raw = _raw(stages, kept, fits, names)
    pipeline = Pipeline(stages)
    files = {name: place for item in kept for name, place in item["files"].items()}
    composed = Composed(tuple(stages), pipeline, raw, fits, files)
    _meet(composed, names)
    return composed


def _load(path: str, notebook: str) -> Any:
    if not Path(path).is_file():
        raise CaptureError(
            exit=3,
            code="stage-missing",
            message="it wrote nothing to the path in `$S2I_PIPELINE_STAGE_SAVE_FILE`.",
            remedy="Dump the stage there with cloudpickle, pickle or joblib as the notebook's last step.",
            notebook=notebook,
        )
    try:
        import joblib

        return joblib.load(path)
    except ImportError:
        return pickle.loads(Path(path).read_bytes())  # noqa: S301 - dumped by the notebook that just ran


def _raw(
    stages: Sequence[tuple[str, Any]], kept: Sequence[Mapping[str, Any]], fits: Sequence[Fit], names: Sequence[str]
) -> RawFrame:
    first = [fit for fit in fits if fit.receiver is stages[0][1]]
    data = (
        first[-1].data if first else next((item[1] for item in reversed(kept[0]["fits"]) if item[1] is not None), None)
    )
    if data is None or is_sparse(data):
        raise CaptureError(
            exit=3,
            code="no-inputs",
            message="nothing shows what the service's clients will send: "
            + ("nothing in it is fitted." if data is None else "it is fitted on a sparse matrix, which none can send."),
            remedy="Tag the cell that binds the raw data `nbforge:data`, or one with example rows `nbforge:example`.",
            notebook=names[0],
        )
    return RawFrame(None, snapshot(data), first[-1].cell if first else None, trained=False)


def _meet(composed: Composed, names: Sequence[str]) -> None:
    from .alignment import take

    value = take(composed.raw.value, range(min(20, len(composed.raw.value))))
    for at, (_, stage) in enumerate(composed.steps):
        last = at == len(composed.steps) - 1
        try:
            value = stage.predict(value) if last and hasattr(stage, "predict") else stage.transform(value)
        except Exception as error:
            gets = value.shape if hasattr(value, "shape") else (len(value),)
            wants = getattr(stage, "n_features_in_", None)
            shown = (
                f"was fitted on {wants} columns" if wants is not None else f"failed: {type(error).__name__}: {error}"
            )
            before = f"{names[at - 1]} gives" if at else "the service's input has"
            raise CaptureError(
                exit=3,
                code="stages-do-not-meet",
                message=f"the stages do not fit together: {before} shape {tuple(gets)}, and {names[at]} {shown}.",
                remedy=f"Train the stage of {names[at]} on what the stages before it give.",
                notebook=names[at],
                detail=f"{type(error).__name__}: {error}",
            ) from error
