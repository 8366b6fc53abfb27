"""Tags written into the text of an ``.ipynb``: every byte that is not part of a tag stays as it is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nbforge.errors import NotebookError
from nbforge.notebook.json_style import Style, broken, indentation, insert_item, insert_member, remove_members
from nbforge.notebook.spans import Member, Span, find, items, members, root, skip

_KEYS = ("cell_type", "execution_count", "id", "metadata", "outputs", "source")


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one cell's tags: ``remove`` first, then ``add`` behind those that are left."""

    cell: int
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewCell:
    """A code cell to put behind the last one."""

    source: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Document:
    text: str
    style: Style
    cells: Span
    items: tuple[Span, ...]
    minor: int


def edited(content: bytes, changes: Iterable[Change], added: NewCell | None = None, file: str = "") -> bytes:
    """The notebook with other tags.

    A cell that gets its first tag gets the ``tags`` key, one that loses its last tag loses the key; so what is set and
    cleared again leaves the file as it was.

    Args:
        content: the file, nbformat 4.
        changes: at most one for each cell.
        added: a cell to append.
        file: its name, for messages.

    Raises:
        NotebookError: an older format, or ``metadata`` or ``tags`` that are of another kind than the format says.
    """
    document = _document(content.decode("utf-8"), file)
    text, parts, at = document.text, [], 0
    for change in sorted(changes, key=lambda change: change.cell):
        span = document.items[change.cell]
        lead = _item_lead(document, change.cell)
        parts += [text[at : span.start], _retagged(span.of(text), change, document.style, lead, file)]
        at = span.end
    if added is not None:
        end = document.items[-1].end
        parts += [text[at:end], _new(document, added)]
        at = end
    return "".join([*parts, text[at:]]).encode("utf-8")


def _document(text: str, file: str) -> _Document:
    whole = root(text)
    found = members(text, whole)
    cells, major = find(text, found, "cells"), find(text, found, "nbformat")
    if cells is None or major is None or major.value.value(text) < 4:
        raise NotebookError(
            "the file has a notebook format older than 4, in which tags cannot be set.",
            remedy="Open it in Jupyter and save it, or run: jupyter nbconvert --to notebook --inplace NOTEBOOK.ipynb",
            code="old-format",
            notebook=file or None,
        )
    minor = find(text, found, "nbformat_minor")
    return _Document(
        text=text,
        style=Style.of(text, whole),
        cells=cells.value,
        items=items(text, cells.value),
        minor=minor.value.value(text) if minor else 0,
    )


def _item_lead(document: _Document, at: int) -> str:
    start = skip(document.text, document.items[at - 1].end) if at else document.cells.start
    return document.text[start + 1 : document.items[at].start]


def _retagged(cell: str, change: Change, style: Style, lead: str, file: str) -> str:
    """The text of one cell with other tags."""
    for tag in change.remove:
        cell = _removed(cell, tag, change.cell, file)
    for tag in change.add:
        cell = _added(cell, tag, style, lead, change.cell, file)
    return cell


def _added(cell: str, tag: str, style: Style, lead: str, index: int, file: str) -> str:
    whole = Span(0, len(cell))
    inner = _member_lead(cell, whole) or lead
    metadata = _metadata(cell, index, file)
    if metadata is None:
        return insert_member(cell, whole, "metadata", {"tags": [tag]}, style, lead)
    found = _tags(cell, metadata.value, index, file)
    if found is None:
        return insert_member(cell, metadata.value, "tags", [tag], style, inner)
    present = items(cell, found.value)
    if tag in [each.value(cell) for each in present]:
        return cell
    outer = cell[_before(cell, found.start) : found.start]
    return insert_item(cell, found.value, present, tag, style, outer)


def _removed(cell: str, tag: str, index: int, file: str) -> str:
    metadata = _metadata(cell, index, file)
    found = _tags(cell, metadata.value, index, file) if metadata else None
    if found is None:
        return cell
    present = items(cell, found.value)
    gone = [at for at, each in enumerate(present) if each.value(cell) == tag]
    if not gone:
        return cell
    if len(gone) == len(present):
        return remove_members(cell, lambda text: _value(text, "metadata"), "tags")
    for at in reversed(gone):
        present = items(cell, found.value)
        if at:
            cell = cell[: present[at - 1].end] + cell[present[at].end :]
        else:
            cell = cell[: present[0].start] + cell[present[1].start :]
        found = _tags(cell, _value(cell, "metadata"), index, file) or found
    return cell


def _value(cell: str, name: str) -> Span:
    found = find(cell, members(cell, Span(0, len(cell))), name)
    assert found is not None  # noqa: S101 - only asked for what was seen there
    return found.value


def _metadata(cell: str, index: int, file: str) -> Member | None:
    found = find(cell, members(cell, Span(0, len(cell))), "metadata")
    return _checked(cell, found, "{", index, file)


def _tags(cell: str, metadata: Span, index: int, file: str) -> Member | None:
    return _checked(cell, find(cell, members(cell, metadata), "tags"), "[", index, file)


def _checked(cell: str, found: Member | None, bracket: str, index: int, file: str) -> Member | None:
    if found is None or found.value.of(cell).startswith(bracket):
        return found
    kind = "a list" if bracket == "[" else "an object"
    raise NotebookError(
        f"{found.key.of(cell)} in the file is not {kind}.",
        remedy="Open the notebook in Jupyter and save it again.",
        code="broken-notebook",
        notebook=file or None,
        cell=index,
    )


def _member_lead(cell: str, span: Span) -> str:
    found = members(cell, span)
    return cell[span.start + 1 : found[0].start] if found else ""


def _before(text: str, at: int) -> int:
    """Where the blanks before ``at`` begin."""
    while text[at - 1].isspace():
        at -= 1
    return at


def _new(document: _Document, added: NewCell) -> str:
    """A cell with the comma before it."""
    text, style = document.text, document.style
    models = [(span, span.value(text)) for span in document.items]
    code = next((each for each in models if each[1]["cell_type"] == "code"), models[-1])
    cell = _new_cell(added, code[1], [model for _, model in models], document.minor)
    lead = _item_lead(document, len(document.items) - 1)
    unit = style.unit if broken(lead) else ""
    inner = _member_lead(text, code[0])
    if broken(lead) and broken(inner) and indentation(inner).startswith(indentation(lead)):
        unit = indentation(inner)[len(indentation(lead)) :]
    written = Style(unit, style.colon, style.gap, style.ascii).write(cell, lead if broken(inner) else "")
    return f",{lead or style.gap}{written}"


def _new_cell(added: NewCell, model: Mapping[str, Any], others: list[Mapping[str, Any]], minor: int) -> dict[str, Any]:
    """A code cell with the keys in the order that the notebook's own cells have them."""
    lines = added.source.splitlines(keepends=True)
    values: dict[str, Any] = {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {"tags": list(added.tags)},
        "outputs": [],
        "source": lines if isinstance(model["source"], list) else added.source,
    }
    taken = {other.get("id") for other in others}
    if minor >= 5 or taken != {None}:
        values["id"] = _free_id(added.source, taken)
    order = [key for key in model if key in values] + [key for key in _KEYS if key in values and key not in model]
    return {key: values[key] for key in order}


def _free_id(source: str, taken: set[Any]) -> str:
    attempt = 0
    while True:
        found = hashlib.sha256(f"{source}{attempt}".encode()).hexdigest()[:8]
        if found not in taken:
            return found
        attempt += 1
