"""A notebook as its file has it, outputs and mistakes included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from nbforge.errors import NotebookError
from nbforge.notebook import read, stage, tags
from nbforge.values import Cell, Notebook


@dataclass(frozen=True, slots=True)
class RawCell:
    """One cell. ``misses``: tags and comments that are nearly ours; the roles are those they probably mean."""

    cell: Cell
    outputs: tuple[Mapping[str, Any], ...] = ()
    execution_count: int | None = None
    misses: tuple[tags.NearMiss, ...] = ()

    @property
    def index(self) -> int:
        """0-based, over all cells."""
        return self.cell.index

    @property
    def ran(self) -> bool:
        """Whether the file holds a trace of its execution."""
        return self.execution_count is not None or bool(self.outputs)


@dataclass(frozen=True, slots=True)
class Document:
    """A notebook that can be linted. ``content`` is the file."""

    notebook: Notebook
    cells: tuple[RawCell, ...]
    content: bytes = field(repr=False, default=b"")


def load(path: Path) -> Document:
    """Read ``path``.

    Raises:
        NotebookError: no notebook, or not Python; misspelt tags are none of its reasons.
    """
    content, document = read.document(path)
    read.check_language(document, path.name)
    raw = tuple(_cell(each, position) for position, each in enumerate(document["cells"]))
    cells = tuple(each.cell for each in raw)
    notebook = Notebook(path, "", read.slug(path.stem), cells, stage=stage.is_stage(cells, path))
    return Document(notebook, raw, content)


def language_differs(error: NotebookError) -> bool:
    """Whether a notebook could not be read because it is written in another language."""
    return error.code == "not-python"


def _cell(raw: Mapping[str, Any], index: int) -> RawCell:
    kind: Literal["code", "markdown", "raw"] = raw["cell_type"]
    source = joined(raw["source"])
    written = tuple(str(tag) for tag in (raw.get("metadata") or {}).get("tags") or ())
    meant, misses = _roles(written, source if kind == "code" else "")
    outputs = tuple(item for item in raw.get("outputs") or () if isinstance(item, dict)) if kind == "code" else ()
    count = raw.get("execution_count")
    return RawCell(
        Cell(0, index, kind, source, written, meant if kind == "code" else frozenset()),
        outputs,
        count if isinstance(count, int) else None,
        misses,
    )


def _roles(written: tuple[str, ...], source: str) -> tuple[frozenset[str], tuple[tags.NearMiss, ...]]:
    """What tags and comment mean, each by itself, so that one mistake does not hide another."""
    found: set[str] = set()
    misses = []
    for tag in written:
        role = tags.roles([tag], "")
        if isinstance(role, tags.NearMiss):
            misses.append(role)
            role = tags.roles([role.suggestion], "")
        found |= role if isinstance(role, frozenset) else frozenset()
    for name in tags.comment_names(source):
        role = tags.roles([], f"# nbforge: {name}")
        if isinstance(role, tags.NearMiss):
            misses.append(role)
            role = tags.roles([], role.suggestion)
        found |= role if isinstance(role, frozenset) else frozenset()
    return frozenset(found), tuple(misses)


def joined(text: Any) -> str:
    """Multi-line text of a notebook: one string, or a list of them."""
    return text if isinstance(text, str) else "".join(str(part) for part in text) if isinstance(text, list) else ""


def texts(output: Mapping[str, Any]) -> Iterator[str]:
    """The readable texts of one output: streams, tracebacks, and the representations that are no images."""
    if "text" in output:
        yield joined(output["text"])
    if output.get("output_type") == "error":
        yield "\n".join([str(output.get("evalue", "")), *(str(line) for line in output.get("traceback") or ())])
    data = output.get("data")
    for kind, value in data.items() if isinstance(data, dict) else ():
        if str(kind).startswith("text/"):
            yield joined(value)
        elif "json" in str(kind):
            yield from _leaves(value)


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from (f"{key}: {text}" if isinstance(item, str) else text for text in _leaves(item))
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, str | dict | list):
                yield from _leaves(item)
