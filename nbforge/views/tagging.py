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


def proposal(path: Path, proposed: Mapping[str, Json], heads: Mapping[int, str]) -> str:
    """What to tag and why, and what to do next."""
    lines = [path.name]
    for each in proposed["suggestions"]:
        lines += suggestion(each, heads)
    if not proposed["suggestions"]:
        lines.append("  Every tag that can be suggested is there.")
    command = f"nbforge tag {shlex.quote(str(path))} --suggest --apply"
    offer = proposed["new_cell"]
    if offer is not None:
        lines += ["", *_offered(offer, bool(proposed["complete"]))]
        lines.append(f"--add-cell adds it:  {command} --add-cell")
    lines += [f"\nNote: {each}" for each in proposed["notes"]]
    if proposed["suggestions"]:
        new = any(each["cell"] is None for each in proposed["suggestions"])
        lines += ["", f"Nothing was changed. Set these tags:  {command}{' --add-cell' if new else ''}"]
    return "\n".join(lines)


def suggestion(each: Mapping[str, Json], heads: Mapping[int, str]) -> list[str]:
    """One suggestion: the cell, its tag, the head of its source, why."""
    place = "new" if each["cell"] is None else str(each["cell"])
    head = each["source"] if each["cell"] is None else heads.get(each["cell"], "")
    weak = " (perhaps)" if each["confidence"] == "low" else ""
    return [f"  {place:>3}  {each['tag'] + weak:<22}  {_cut(head)}", f"       {each['reason']}"]


def _offered(offer: Mapping[str, Json], complete: bool) -> list[str]:
    if complete:
        return [f"Better, a cell of its own that predicts, at the end: `{offer['source']}`"]
    return [f"No cell is the prediction yet. What is missing is one at the end: `{offer['source']}`", offer["reason"]]


def _tags(cell: Mapping[str, Json]) -> str:
    if cell["kind"] != "code":
        return "(text)" if cell["kind"] == "markdown" else "(raw)"
    return ", ".join([*cell["tags"], *(f"{name} (by comment)" for name in cell["comment"])])


def _cut(text: str) -> str:
    return text if len(text) <= _HEAD else f"{text[: _HEAD - 3]}..."
