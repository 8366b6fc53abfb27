"""What ``nbforge tag`` says, as plain text."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from nbforge.values import Json

_HEAD = 60


def listing(path: Path, cells: Sequence[Mapping[str, Json]]) -> str:
    """Each cell: its number, its tags, the head of its source."""
    shown = [_tags(cell) for cell in cells]
    width = max([len(each) for each in shown] + [8])
    lines = [path.name]
    lines += [
        f"  {cell['index']:>3}  {text:<{width}}  {_cut(cell['head'])}".rstrip()
        for cell, text in zip(cells, shown, strict=True)
    ]
    if not any(cell["tags"] or cell["comment"] for cell in cells):
        lines += ["", f"No cell is tagged. Proposals:  nbforge tag {shlex.quote(str(path))} --suggest"]
    return "\n".join(lines)


def changes(path: Path, changed: Sequence[Mapping[str, Json]], new: Mapping[str, Json] | None) -> str:
    """What was written into the file."""
    lines = [
        f"{path.name}, cell {each['cell']}: "
        + ", ".join([*(f"- {tag}" for tag in each["removed"]), *(f"+ {tag}" for tag in each["added"])])
        for each in changed
    ]
    if new is not None:
        lines.append(f"{path.name}, new cell at the end, `{new['source']}`: + {', '.join(new['tags'])}")
    return "\n".join(lines) or f"{path.name}: nothing to change."


def _tags(cell: Mapping[str, Json]) -> str:
    if cell["kind"] != "code":
        return "(text)" if cell["kind"] == "markdown" else "(raw)"
    return ", ".join([*cell["tags"], *(f"{name} (by comment)" for name in cell["comment"])])


def _cut(text: str) -> str:
    return text if len(text) <= _HEAD else f"{text[: _HEAD - 3]}..."
