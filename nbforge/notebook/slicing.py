"""From notebooks to what training and scoring need of them."""

from __future__ import annotations

import ast
import gc
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from nbforge.notebook import elsewhere, emit, entry, links, missing, presumption, report, stage
from nbforge.notebook.conversation import unasked
from nbforge.notebook.demand import Needed, needed
from nbforge.notebook.flow import Flow, trace, trace_call
from nbforge.notebook.parameters import inject
from nbforge.notebook.phases import phases
from nbforge.notebook.tags import KEPT
from nbforge.notebook.tried import held, tried
from nbforge.values import Cell, CellSlice, Definition, EntryPoint, Explained, Json, Notebook, Slice

_DEEPEST = 3_000  # calls; what an operating system's usual stack has room for


@dataclass(frozen=True, slots=True)
class _Part:
    """The slice of one notebook. ``reads``: hidden names of the files that its kept statements read."""

    cells: tuple[CellSlice, ...]
    definitions: tuple[Definition, ...]
    caveats: tuple[str, ...]
    data_names: tuple[str, ...]
    metric_names: tuple[str, ...]
    entry: EntryPoint | None
    total: int
    reads: frozenset[str]
    flow: Flow
    found: Needed


Place = tuple[int, int, int]
"""A statement: the notebook's number, the cell's index, which of the cell's top-level statements it is, from 0."""

_SHOWN = "the run showed that it is needed"


def slice_notebooks(
    notebooks: tuple[Notebook, ...], parameters: Mapping[str, Json], added: Collection[Place] = ()
) -> Slice:
    """Decide what runs.

    Args:
        notebooks: in the order of the build; each runs in a kernel of its own.
        parameters: values that override defaults of ``parameters`` cells.
        added: statements that a run has shown to be needed, though nothing in the source says so.

    Raises:
        NotebookError: no or two predict cells, syntax errors or missing names in what is needed.
        UsageError: a parameter that no cell assigns.
    """
    return _slice(notebooks, parameters, added)[0]


def explain_notebooks(notebooks: tuple[Notebook, ...], parameters: Mapping[str, Json]) -> Explained:
    """The same, with which cell gives what to which."""
    found, parts = _slice(notebooks, parameters)
    inside = [link for at, part in enumerate(parts) for link in links.within(at, part.flow, part.found)]
    return Explained(found, (*inside, *links.between([(part.flow, part.found) for part in parts])))


@contextmanager
def _unhindered() -> Iterator[None]:
    """What an analysis makes lives until its end: looking for garbage in it takes time and finds none."""
    collecting, deepest = gc.isenabled(), sys.getrecursionlimit()
    gc.disable()
    sys.setrecursionlimit(max(deepest, _DEEPEST))
    try:
        yield
    finally:
        sys.setrecursionlimit(deepest)
        if collecting:
            gc.enable()


@_unhindered()
def _slice(
    notebooks: tuple[Notebook, ...], parameters: Mapping[str, Json], added: Collection[Place] = ()
) -> tuple[Slice, list[_Part]]:
    entry.check_predict_cells(notebooks)
    notebooks, told = unasked(notebooks)
    prepared, given = inject(notebooks, parameters)
    parts: list[_Part] = []
    later: frozenset[str] = frozenset()
    for position in reversed(range(len(prepared))):  # backwards: a file is kept for the notebooks that come after
        mine = frozenset((cell, at) for notebook, cell, at in added if notebook == position)
        parts.insert(0, _part(prepared[position], position, len(notebooks) > 1, later, mine))
        later |= parts[0].reads
    kept = sum(len(cell.statements) for part in parts for cell in part.cells)
    found = next((part.entry for part in parts if part.entry is not None), None)
    whole = Slice(
        notebooks=notebooks,
        cells=tuple(cell for part in parts for cell in part.cells),
        entry=found,
        data_names=tuple(name for part in parts for name in part.data_names),
        metric_names=tuple(name for part in parts for name in part.metric_names),
        parameters=given,
        definitions=tuple(item for part in parts for item in part.definitions),
        caveats=(*told, *(caveat for part in parts for caveat in part.caveats)),
        statements_in=kept,
        statements_out=sum(part.total for part in parts) - kept,
    )
    return whole, parts


def _part(
    notebook: Notebook, position: int, several: bool, later: frozenset[str], added: frozenset[tuple[int, int]]
) -> _Part:
    code = [cell for cell in notebook.cells if cell.kind == "code"]
    running = [cell for cell in code if "skip" not in cell.roles]
    tagged = [cell for cell in running if cell.roles & KEPT]
    flowing = [cell for cell in running if "raises-exception" not in cell.roles or cell in tagged]
    watched = {cell.index for cell in tagged if cell.roles & {"predict", "validate"}}
    flow = trace(code, stage.project_folders(notebook.path), [cell.index for cell in flowing], watched)
    missing.check_syntax(notebook, flow, [cell.index for cell in tagged])
    start = _entry(notebook, flow, tagged)
    roots, caveats = _roots(notebook, flow, tagged, start, several)
    written = {at: step.effects.updates & later for at, step in enumerate(flow.steps) if step.piece is not None}
    why = {
        at: f"writes {report.hidden(min(names))}, which a later notebook reads"
        for at, names in written.items()
        if names
    }
    why |= {step: _SHOWN for cell, at in added for step in flow.of_cell(cell)[at : at + 1]}
    found = needed(flow, [*roots, *why])
    if notebook.stage and not tagged:
        why |= {at: "saves the pipeline stage" for at in roots if at not in why}
    missing.check(notebook, flow, found)
    elsewhere.check(notebook, flow, found, start)
    kept = {cell.index: [p for p in flow.of_cell(cell.index) if p in found] for cell in flowing}
    return _Part(
        cells=_cells(notebook, position, flow, kept, found, why),
        definitions=tuple(
            d for cell in flowing for d in emit.definitions(flow, position, cell.index, kept[cell.index])
        ),
        caveats=(*caveats, *_caveats(notebook, flow, found)),
        data_names=tuple(
            n for cell in tagged if "data" in cell.roles for n in entry.bound_names(flow.cells[cell.index])
        ),
        metric_names=tuple(
            n for cell in tagged if "metrics" in cell.roles for n in entry.value_names(flow.cells[cell.index])
        ),
        entry=replace(start, tried=tried(flow, start, found)) if start is not None else None,
        total=sum(len(source.pieces) for source in flow.cells.values()),
        reads=frozenset(n for at in found.steps for n in found.reads(flow, at) if n.startswith("<file")),
        flow=flow,
        found=found,
    )


def _entry(notebook: Notebook, flow: Flow, tagged: Sequence[Cell]) -> EntryPoint | None:
    for cell in tagged:
        if "predict" in cell.roles:
            return entry.entry_point(cell, flow.cells[cell.index], notebook.path.name)
    return None


def _roots(
    notebook: Notebook, flow: Flow, tagged: Sequence[Cell], start: EntryPoint | None, several: bool
) -> tuple[list[int], list[str]]:
    """The steps that run whatever happens, and what has to be said about their choice."""
    file = notebook.path.name
    roots = [position for cell in tagged for position in flow.of_cell(cell.index)]
    everything = [position for position, step in enumerate(flow.steps) if step.piece is not None]
    if notebook.stage and start is None:
        dumps = stage.dumping_steps(flow, notebook)
        if dumps:
            return [*roots, *dumps], []
        return everything, [f"{file}: all cells run, because the statement that saves the stage was not found."]
    if several and not any(cell.roles & KEPT - {"parameters"} for cell in tagged):
        return everything, [f"{file}: all cells run, because none of them is tagged."]
    roots += held(flow, start)
    roots += [trace_call(flow, name, cell) for name, cell in _called_later(flow, tagged, start)]
    return roots, []


def _called_later(flow: Flow, tagged: Sequence[Cell], start: EntryPoint | None) -> list[tuple[str, int]]:
    """What scoring calls, though no cell may: names that such functions read count as they are at the end."""
    called = []
    if start is not None and (start.name or start.call) and not entry.settled(flow.cells[start.cell].pieces[-1].node):
        called.append((start.call or start.name or "", start.cell))
    for cell in tagged:
        if "validate" in cell.roles:
            functions = [p.node.name for p in flow.cells[cell.index].pieces if isinstance(p.node, ast.FunctionDef)]
            called += [(name, cell.index) for name in functions[-1:]]
    return called


def _cells(
    notebook: Notebook,
    position: int,
    flow: Flow,
    kept: Mapping[int, Sequence[int]],
    found: Needed,
    why: Mapping[int, str],
) -> tuple[CellSlice, ...]:
    by_index = {cell.index: cell for cell in notebook.cells}
    when = phases(notebook.cells, flow, kept)
    sliced = []
    for cell in notebook.cells:
        steps = kept.get(cell.index, ())
        if not steps:
            reason = report.excluded(cell, flow)
            sliced.append(CellSlice(position, cell.index, cell.tags, cell.roles, False, reason))
            continue
        text = emit.emit(flow, cell.index, steps, found)
        reason = report.tagged(cell) if cell.roles & KEPT else report.wanted(cell, steps, flow, found, by_index, why)
        sliced.append(
            CellSlice(
                notebook=position,
                index=cell.index,
                tags=cell.tags,
                roles=cell.roles,
                included=True,
                reason=reason,
                phase=when[cell.index],
                source=text.source,
                code=text.code,
                lines=text.lines,
                statements=text.statements,
                kept=tuple(at for at, step in enumerate(flow.of_cell(cell.index)) if step in found),
                partly=text.partly,
            )
        )
    return tuple(sliced)


def _caveats(notebook: Notebook, flow: Flow, found: Needed) -> list[str]:
    said = []
    for position in sorted(found.steps):
        step = flow.steps[position]
        where = f"{notebook.path.name}, cell {step.cell}"
        if step.effects.opaque:
            said.append(f"{where}: {step.effects.opaque}; everything that it may touch is kept.")
        elif step.effects.binds_anything:
            said.append(f"{where}: {step.effects.binds_anything} may bind any name; it is kept.")
        if step.effects.history:
            said.append(f"{where}: the last output (`_`, `Out`) is read; cells that print results are kept for it.")
    said += presumption.caveats(flow, found, notebook.path.name)
    return list(dict.fromkeys(said))
