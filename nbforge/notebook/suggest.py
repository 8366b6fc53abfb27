"""Tags for a notebook that has none, or not all of them, each with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from nbforge.errors import NbforgeError, NotebookError
from nbforge.notebook import tags
from nbforge.notebook.slicing import slice_notebooks
from nbforge.notebook.suggestions import data, entry, others, rows, story
from nbforge.notebook.suggestions.entry import Candidate
from nbforge.notebook.suggestions.models import Model, models
from nbforge.notebook.suggestions.rows import Way
from nbforge.notebook.suggestions.story import Story
from nbforge.values import Cell, Notebook

Confidence = Literal["high", "medium", "low"]
_TRIED = 3
_Found = tuple[str, Confidence, Iterator[tuple[int, str]]]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A tag for a cell; ``cell`` is ``None`` and ``source`` set for a cell that has to be added at the end."""

    cell: int | None
    tag: str
    reason: str
    confidence: Confidence
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to tag, in order of the cells.

    ``offer``: a cell that could be added, where no cell is the predict cell or only the one that fits can be.
    ``complete``: with ``suggestions`` the notebook has a predict cell. ``notes``: what else was found.
    """

    suggestions: tuple[Suggestion, ...]
    offer: Suggestion | None
    complete: bool
    notes: tuple[str, ...] = ()


def suggest(notebook: Notebook, *, add_cell: bool = False) -> Proposal:
    """Read a notebook's data flow and propose tags; every proposal has been sliced with success.

    Args:
        notebook: as read; tags that it has are kept and not suggested again.
        add_cell: suggest a new cell where none is as good a predict cell.

    Raises:
        NotebookError: nothing in it fits or asks a model, or what does cannot be sliced.
    """
    if notebook.stage and not _roles(notebook):
        return Proposal((), None, True, ("It saves a pipeline stage, so it builds without a tag.",))
    read = story.read(notebook)
    found = models(read)
    refused: NbforgeError | None = None
    for model in found[:_TRIED]:
        try:
            proposal = _about(read, model, add_cell)
        except NbforgeError as error:
            refused = refused or error
            continue
        if proposal is not None:
            return replace(proposal, notes=tuple(_notes(read, model, found)))
    raise refused or _no_model(notebook, found)


def _no_model(notebook: Notebook, found: list[Model]) -> NotebookError:
    if found:
        names = ", ".join(f"`{model.name}`" for model in found[:_TRIED])
        return NotebookError(
            f"{names} can be asked for predictions, but what leads to the model cannot be written as one expression.",
            remedy="Add a cell with a function that takes rows and returns predictions, and tag it `nbforge:predict`.",
            code="nothing-to-suggest",
            notebook=notebook.path.name,
        )
    return NotebookError(
        "no cell fits a model or asks one for predictions, so there is nothing to suggest.",
        remedy="Tag the cell that ends with a function or an expression that predicts: --set CELL=predict",
        code="nothing-to-suggest",
        notebook=notebook.path.name,
    )


def _about(read: Story, model: Model, add_cell: bool) -> Proposal | None:
    """Everything that is suggested where ``model`` is the one; ``None`` where no cell can be the predict cell."""
    way = rows.way(read, model.given, model.data)
    tagged_cell = next((cell for cell in read.notebook.cells if "predict" in cell.roles), None)
    if tagged_cell is not None:
        around = _around(read, model, way, _tagged(read, tagged_cell))
        return Proposal(_sliced(read.notebook, _new(read.notebook, around)), None, True)
    added = entry.addition(read, model, way)
    refused: NbforgeError | None = None
    for candidate in _in_turn(list(entry.candidates(read, model, way)), added, add_cell):
        suggested = [_as_suggestion(candidate), *_new(read.notebook, _around(read, model, way, candidate), candidate)]
        try:
            kept = _sliced(read.notebook, suggested)
        except NbforgeError as error:
            refused = refused or error
            continue
        if candidate.cell is None and not add_cell:
            rest = _sliced_apart(kept)
            return Proposal(rest, _as_suggestion(candidate), False)
        better = added is not None and candidate.confidence != "high" and candidate.cell is not None
        return Proposal(kept, _as_suggestion(added) if better and added else None, True)
    if refused is not None:
        raise refused
    return None


def _in_turn(candidates: list[Candidate], added: Candidate | None, add_cell: bool) -> list[Candidate]:
    """A new cell comes after all that are there or, where it is asked for, after those that are as good."""
    good = [each for each in candidates if each.confidence == "high"]
    rest = [each for each in candidates if each.confidence != "high"]
    new = [added] if added is not None else []
    return [*good, *new, *rest] if add_cell else [*good, *rest, *new]


def _sliced_apart(kept: tuple[Suggestion, ...]) -> tuple[Suggestion, ...]:
    return tuple(each for each in kept if each.cell is not None)


def _tagged(read: Story, cell: Cell) -> Candidate:
    """The predict cell that the notebook has."""
    function = entry.ending(read, cell.index)
    return Candidate(cell.index, "", "high", entry.takes(read, function) if function is not None else "features")


def _new(notebook: Notebook, suggestions: Iterator[Suggestion], predict: Candidate | None = None) -> list[Suggestion]:
    """Those whose role no cell has yet, and that do not go to the predict cell."""
    present = _roles(notebook)
    taken = predict.cell if predict is not None else None
    return [
        each for each in suggestions if tags.role(each.tag) not in present and (taken is None or each.cell != taken)
    ]


def _as_suggestion(candidate: Candidate) -> Suggestion:
    return Suggestion(candidate.cell, "nbforge:predict", candidate.reason, candidate.confidence, candidate.source)


def _roles(notebook: Notebook) -> set[str]:
    return {role for cell in notebook.cells for role in cell.roles}


def _around(read: Story, model: Model, way: Way, predict: Candidate) -> Iterator[Suggestion]:
    """Suggestions for all but the predict cell."""
    yield from _of_rows(read, model, way, predict)
    kinds: tuple[_Found, ...] = (
        ("pipeline-metrics", "medium", others.metrics(read, model)),
        ("nbforge:test", "high", others.tests(read, model)),
        ("nbforge:example", "medium", others.examples(read)),
        ("nbforge:validate", "medium", others.validations(read)),
        ("parameters", "low", others.parameters(read, model)),
    )
    for tag, confidence, found in kinds:
        for cell, reason in found:
            yield Suggestion(cell, tag, reason, confidence)


def _of_rows(read: Story, model: Model, way: Way, predict: Candidate) -> Iterator[Suggestion]:
    """Where the rows come from, what transforms them, what is fitted on them."""
    function = predict.cell is not None and entry.ending(read, predict.cell) is not None
    stacked = [] if function else data.stacked(read, way)
    bound = (stacked or data.cells(read, model, way)) if predict.takes != "values" else []
    for cell, reason in bound:
        yield Suggestion(cell, "nbforge:data", reason, "high")
    if predict.takes == "features" and bound and not stacked:
        for cell, reason in data.features(read, model, way, bound[-1][0]):
            yield Suggestion(cell, "nbforge:features", reason, "high")
    fitting = read.steps[model.fitted].cell
    free = predict.takes == "values" or data.fits_only(read, model, way)
    if free and fitting not in [cell for cell, _ in bound]:
        yield Suggestion(fitting, "nbforge:train", f"it fits `{model.name}`", "high")


def _sliced(notebook: Notebook, wanted: list[Suggestion]) -> tuple[Suggestion, ...]:
    """``wanted`` without what keeps the notebook from being sliced.

    Raises:
        NbforgeError: the predict cell itself, or what it needs, cannot be sliced.
    """
    kept = list(wanted)
    while True:
        try:
            slice_notebooks((tagged(notebook, kept),), {})
        except NbforgeError as error:
            blamed = [each for each in kept if each.cell == error.cell and each.tag != "nbforge:predict"]
            if error.cell is None or not blamed:
                raise
            kept = [each for each in kept if each not in blamed]
        else:
            return tuple(sorted(kept, key=lambda each: len(notebook.cells) if each.cell is None else each.cell))


def tagged(notebook: Notebook, suggestions: list[Suggestion]) -> Notebook:
    """The notebook with ``suggestions`` taken."""
    cells = [_with(cell, [each.tag for each in suggestions if each.cell == cell.index]) for cell in notebook.cells]
    for each in suggestions:
        if each.cell is None:
            cells.append(_with(Cell(0, len(cells), "code", each.source or ""), [each.tag]))
    return replace(notebook, cells=tuple(cells))


def _with(cell: Cell, added: list[str]) -> Cell:
    roles = {role for role in map(tags.role, added) if role is not None}
    return replace(cell, tags=(*cell.tags, *added), roles=cell.roles | roles)


def _notes(read: Story, model: Model, found: list[Model]) -> Iterator[str]:
    """Other models of the notebook, and functions that would be the prediction but for an annotation."""
    single = entry.one_value(read, model)
    if single is not None:
        cell, name, parameter = single
        yield f"Annotate `{parameter}` of `{name}` (cell {cell}), as in `{parameter}: str`, to make it the prediction."
    fitted = {read.steps[model.fitted].cell, read.steps[model.at].cell}
    rest = [each for each in found if each.name != model.name and read.steps[each.fitted].cell not in fitted]
    if rest:
        named = ", ".join(f"`{each.name}` (cell {read.steps[each.fitted].cell})" for each in rest)
        yield f"Other models: {named}. To serve one of them, tag a cell that ends with its name `nbforge:predict`."
