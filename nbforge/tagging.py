"""Tags of one notebook: listed, set, cleared and suggested."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nbforge.errors import UsageError
from nbforge.notebook import tags

if TYPE_CHECKING:
    from nbforge.notebook.suggest import Proposal, Suggestion
    from nbforge.notebook.tagging import Change, NewCell
    from nbforge.values import Cell, Json, Notebook


@dataclass(frozen=True, slots=True)
class Shown:
    """What was found or done, for programs and for people."""

    json: Json
    text: str


@dataclass(frozen=True, slots=True)
class Tag:
    """``tag`` on ``cell``, as the command line says it; without one, all of nbforge's tags of the cell."""

    cell: int
    tag: str | None


def listed(path: Path) -> Shown:
    """Each cell with its tags."""
    from nbforge.notebook.read import read
    from nbforge.views import tagging as view

    notebook = read(path, misspelt=True)
    rows = [_row(cell) for cell in notebook.cells]
    return Shown({"notebook": path.name, "cells": rows}, view.listing(path, rows))


def change(path: Path, wanted: Sequence[Tag], unwanted: Sequence[Tag], everywhere: bool) -> Shown:
    """Set and clear tags in the file; what is cleared goes first.

    Args:
        path: the notebook.
        wanted: what to set.
        unwanted: what to clear.
        everywhere: clear all of nbforge's tags.

    Raises:
        UsageError: a cell that is not there or no code, a misspelt tag, a tag that the cell does not have, a second
            predict cell.
    """
    from nbforge.notebook.read import read

    notebook = read(path, misspelt=True)
    changes = _changes(notebook, wanted, unwanted, everywhere)
    _check_predict(notebook, changes)
    return write(path, changes)


def propose(path: Path, *, add_cell: bool = False) -> Proposal:
    """What to tag; nothing is written."""
    from nbforge.notebook.read import read
    from nbforge.notebook.suggest import suggest

    return suggest(read(path), add_cell=add_cell)


def proposed(path: Path, proposal: Proposal) -> Shown:
    """A proposal, to look at."""
    from nbforge.views import tagging as view

    rows = [suggested(each) for each in proposal.suggestions]
    offer = suggested(proposal.offer) if proposal.offer else None
    value = {
        "notebook": path.name,
        "suggestions": rows,
        "new_cell": offer,
        "complete": proposal.complete,
        "notes": list(proposal.notes),
    }
    return Shown(value, view.proposal(path, value, heads(path)))


def take(path: Path, suggestions: Sequence[Suggestion]) -> Shown:
    """Write suggestions into the file."""
    from nbforge.notebook.tagging import Change, NewCell

    by_cell: dict[int, list[str]] = {}
    for each in suggestions:
        if each.cell is not None:
            by_cell.setdefault(each.cell, []).append(each.tag)
    new = next((NewCell(each.source or "", (each.tag,)) for each in suggestions if each.cell is None), None)
    return write(path, [Change(cell, add=tuple(added)) for cell, added in sorted(by_cell.items())], new)


def heads(path: Path) -> dict[int, str]:
    """The first line of each cell."""
    from nbforge.notebook.read import read

    return {cell.index: _head(cell) for cell in read(path, misspelt=True).cells}


def suggested(each: Suggestion) -> dict[str, Json]:
    """A suggestion for programs."""
    value = {"cell": each.cell, "tag": each.tag, "reason": each.reason, "confidence": each.confidence}
    return value if each.source is None else {**value, "source": each.source}


def write(path: Path, changes: Sequence[Change], added: NewCell | None = None) -> Shown:
    """Write changes of tags, and a cell at the end, into the file."""
    from nbforge.notebook import rewriting, tagging
    from nbforge.views import tagging as view

    before = path.read_bytes()
    after = tagging.edited(before, changes, added, path.name)
    if after != before:
        rewriting.replace(path, before, after)
    rows: list[dict[str, Json]] = [
        {"cell": each.cell, "added": list(each.add), "removed": list(each.remove)} for each in changes
    ]
    new = {"source": added.source, "tags": list(added.tags)} if added else None
    return Shown({"notebook": path.name, "changed": rows, "new_cell": new}, view.changes(path, rows, new))


def _row(cell: Cell) -> dict[str, Json]:
    comment = tags.comment_names(cell.source) if cell.kind == "code" else ()
    return {
        "index": cell.index,
        "kind": cell.kind,
        "tags": list(cell.tags),
        "comment": list(comment),
        "head": _head(cell),
    }


def _head(cell: Cell) -> str:
    """The first line that is no tag."""
    lines = (line.strip() for line in cell.source.splitlines())
    return next((line for line in lines if line and not tags.comment_names(line)), "")


def _changes(notebook: Notebook, wanted: Sequence[Tag], unwanted: Sequence[Tag], everywhere: bool) -> list[Change]:
    from nbforge.notebook.tagging import Change

    gone: dict[int, list[str]] = {}
    new: dict[int, list[str]] = {}
    if everywhere:
        gone = {cell.index: _ours(cell) for cell in notebook.cells}
    for each in unwanted:
        gone.setdefault(each.cell, []).extend(_cleared(notebook, each))
    for each in wanted:
        cell, tag = _code_cell(notebook, each.cell), _full_name(notebook, each)
        if tag not in cell.tags or tag in gone.get(each.cell, ()):
            new.setdefault(each.cell, []).append(tag)
    changed = sorted({index for index, named in (*gone.items(), *new.items()) if named})
    return [
        Change(index, tuple(dict.fromkeys(new.get(index, ()))), tuple(dict.fromkeys(gone.get(index, ()))))
        for index in changed
    ]


def _ours(cell: Cell) -> list[str]:
    return [tag for tag in cell.tags if tag.startswith("nbforge:")]


def _cleared(notebook: Notebook, each: Tag) -> list[str]:
    cell = _cell(notebook, each.cell)
    if each.tag is None:
        return _ours(cell)
    found = [tag for tag in (each.tag, f"nbforge:{each.tag}") if tag in cell.tags]
    if found:
        return found
    named = {name.removeprefix("nbforge:") for name in tags.comment_names(cell.source)}
    if each.tag.removeprefix("nbforge:") in named:
        raise UsageError(
            f"`{each.tag}` stands in the comment of the cell's first line, which is source.",
            remedy="Remove the comment in the notebook.",
            code="tag-in-comment",
            notebook=notebook.path.name,
            cell=cell.index,
            name=each.tag,
        )
    raise UsageError(
        f"there is no tag `{each.tag}`.",
        remedy=f"The cell's tags: {', '.join(f'`{tag}`' for tag in cell.tags) or 'none'}.",
        code="no-such-tag",
        notebook=notebook.path.name,
        cell=cell.index,
        name=each.tag,
    )


def _cell(notebook: Notebook, index: int) -> Cell:
    if index < len(notebook.cells):
        return notebook.cells[index]
    raise UsageError(
        f"there is no cell {index}.",
        remedy=f"Cells are counted from 0, over all cells; the last one is {len(notebook.cells) - 1}.",
        code="no-such-cell",
        notebook=notebook.path.name,
    )


def _code_cell(notebook: Notebook, index: int) -> Cell:
    cell = _cell(notebook, index)
    if cell.kind == "code":
        return cell
    raise UsageError(
        "the cell holds text, and only a cell with code can be tagged.",
        remedy=f"`nbforge tag {notebook.path.name}` lists the cells with their numbers.",
        code="no-code-cell",
        notebook=notebook.path.name,
        cell=index,
    )


def _full_name(notebook: Notebook, each: Tag) -> str:
    found = tags.full_name(each.tag or "")
    if isinstance(found, str):
        return found
    raise UsageError(
        f"unknown tag `{found.written}`.",
        remedy=f"Did you mean `{found.suggestion}`?",
        code="unknown-tag",
        notebook=notebook.path.name,
        cell=each.cell,
        name=found.written,
    )


def _check_predict(notebook: Notebook, changes: Sequence[Change]) -> None:
    """A second predict cell is refused here, where it is made, rather than by the next build."""
    by_cell = {each.cell: each for each in changes}
    found = []
    for cell in notebook.cells:
        each = by_cell.get(cell.index)
        kept = cell.tags if each is None else (*(tag for tag in cell.tags if tag not in each.remove), *each.add)
        roles = tags.spelt_roles(kept, cell.source) if cell.kind == "code" else frozenset()
        found += [cell.index] if "predict" in roles and "skip" not in roles else []
    newly = [index for index in found if index in by_cell and "nbforge:predict" in by_cell[index].add]
    if len(found) > 1 and newly:
        other = next(index for index in found if index != newly[-1])
        raise UsageError(
            f"cell {other} is the predict cell, and only one cell may be.",
            remedy=f"Add `--clear {other}=predict`.",
            code="two-predict-cells",
            notebook=notebook.path.name,
            cell=newly[-1],
        )
