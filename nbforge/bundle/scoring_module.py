"""``service/scoring.py``: the notebook's own code for scoring, laid out the way a person would have written it."""

from __future__ import annotations

import ast
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nbforge.errors import NotebookError
from nbforge.values import Json

_WIDTH = 120


@dataclass(frozen=True, slots=True)
class Piece:
    """One entry of capture.json's ``pieces``; ``origin`` is ``churn.ipynb, cell 4`` or empty."""

    kind: str
    name: str | None
    source: str
    origin: str


def render(pieces: Sequence[Mapping[str, Json]], notebooks: Sequence[str], name: str) -> str:
    """The module's text: imports first, then everything else in the given order, each with the cell it came from.

    Args:
        pieces: as capture.json has them.
        notebooks: file names by notebook index.
        name: the service's name.

    Raises:
        NotebookError: the pieces do not make a module, which names the piece that does not parse.
    """
    parsed = [_piece(piece, notebooks) for piece in pieces]
    for piece in parsed:
        _must_parse(piece)
    plain = [piece for piece in parsed if piece.kind == "import" and _import_nodes(piece)]
    rest = [piece for piece in parsed if piece not in plain]
    uses_artifacts = any(piece.kind == "artifact" for piece in rest)
    sections = [_docstring(notebooks, name), *_imports(plain, uses_artifacts)]
    text = "\n\n".join(section for section in sections if section) + "\n"
    return text + _body(rest)


def _piece(piece: Mapping[str, Json], notebooks: Sequence[str]) -> Piece:
    notebook, cell = piece.get("notebook"), piece.get("cell")
    where = [notebooks[notebook]] if notebook is not None and notebook < len(notebooks) else []
    if where and cell is not None:
        where.append(f"cell {cell}")
    source = textwrap.dedent(str(piece["source"])).strip("\n").rstrip()
    if piece["kind"] == "artifact" and not source:
        source = f'{piece["name"]} = artifact("{piece["name"]}")'
    return Piece(piece["kind"], piece.get("name"), source, ", ".join(where))


def _must_parse(piece: Piece) -> None:
    try:
        ast.parse(piece.source)
    except SyntaxError as error:
        notebook, _, cell = piece.origin.partition(", cell ")
        raise NotebookError(
            f"`{piece.name or piece.source.splitlines()[0]}` cannot be written as Python source: {error.msg}",
            remedy="Write it as plain statements, without IPython's own syntax.",
            code="not-python-source",
            notebook=notebook or None,
            cell=int(cell) if cell else None,
            name=piece.name,
        ) from error


def _docstring(notebooks: Sequence[str], name: str) -> str:
    named = _listed([f"{file}" for file in notebooks])
    lines = textwrap.wrap(
        f"What `{name}` needs to score, taken from {named}. Values that were fitted or computed in training "
        f"are loaded from "
        "the bundle's artifacts; the code is the notebook's own.",
        _WIDTH - 3,
    )
    head = f"Scoring code of `{name}`."
    return '"""' + head + "\n\n" + "\n".join(lines).replace("\\", "\\\\").replace('"""', "'''") + '\n"""'


def _listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def _import_nodes(piece: Piece) -> list[ast.Import | ast.ImportFrom]:
    body = ast.parse(piece.source).body
    nodes = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
    return nodes if len(nodes) == len(body) else []


def _imports(pieces: Sequence[Piece], uses_artifacts: bool) -> list[str]:
    """The blocks of imports: future, standard library, third party, our own; each sorted, modules before names."""
    modules: dict[tuple[str, str | None], list[str]] = {}
    names: dict[str, dict[tuple[str, str | None], list[str]]] = {}
    for piece in pieces:
        for node in _import_nodes(piece):
            for alias in node.names:
                found = names.setdefault(_source_of(node), {}) if isinstance(node, ast.ImportFrom) else modules
                cells = found.setdefault((alias.name, alias.asname), [])
                if piece.origin and piece.origin not in cells:
                    cells.append(piece.origin)
    if uses_artifacts:
        names.setdefault("nbforge.runtime.artifacts", {}).setdefault(("artifact", None), [])
    lines: list[tuple[int, int, str, str]] = []
    for (module, renamed), cells in modules.items():
        lines.append((_rank(module), 0, module, _with_origin(f"import {module}{_as(renamed)}", cells)))
    for module, imported in names.items():
        listed = ", ".join(name + _as(alias) for name, alias in sorted(imported, key=_by_name))
        origins = [cell for key in sorted(imported, key=_by_name) for cell in imported[key]]
        lines.append(
            (_rank(module), 1, module, _with_origin(f"from {module} import {listed}", list(dict.fromkeys(origins))))
        )
    lines.sort()
    return [
        "\n".join(text for rank, _, _, text in lines if rank == wanted)
        for wanted in sorted({line[0] for line in lines})
    ]


def _source_of(node: ast.ImportFrom) -> str:
    return "." * node.level + (node.module or "")


def _by_name(key: tuple[str, str | None]) -> tuple[str, str]:
    return key[0], key[1] or ""


def _as(alias: str | None) -> str:
    return f" as {alias}" if alias else ""


def _rank(module: str) -> int:
    root = module.partition(".")[0]
    if root == "__future__":
        return 0
    if root in sys.stdlib_module_names:
        return 1
    return 3 if root in ("", "nbforge") else 2


def _with_origin(statement: str, cells: Sequence[str]) -> str:
    if len(statement) > _WIDTH:
        head, _, listed = statement.partition(" import ")
        inner = textwrap.fill(listed, _WIDTH, initial_indent="    ", subsequent_indent="    ")
        statement = f"{head} import (\n{inner},\n)"
    comment = f"  # {_merged(cells)}" if cells else ""
    last = statement.rsplit("\n", 1)[-1]
    return f"{statement}{comment}" if len(last + comment) <= _WIDTH else f"#{comment[3:]}\n{statement}"


def _merged(cells: Sequence[str]) -> str:
    """``a.ipynb, cells 1 and 4``: several cells of one notebook in one phrase."""
    by_notebook: dict[str, list[str]] = {}
    for origin in cells:
        notebook, _, cell = origin.partition(", cell ")
        by_notebook.setdefault(notebook, []).append(cell)
    phrases = []
    for notebook, numbers in by_notebook.items():
        known = sorted((number for number in numbers if number), key=int)
        label = "cell" if len(known) == 1 else "cells"
        phrases.append(f"{notebook}, {label} {_listed(known)}" if known else notebook)
    return "; ".join(phrases)


def _body(pieces: Iterable[Piece]) -> str:
    """Definitions stand apart by two blank lines; assignments of one cell stand together under one comment."""
    text = ""
    before: Piece | None = None
    for piece in pieces:
        definition = _defines(piece)
        together = before is not None and not definition and not _defines(before) and before.origin == piece.origin
        apart = definition or (before is not None and _defines(before))
        gap = "" if together else "\n\n" if apart else "\n"
        comment = f"# {piece.origin}\n" if piece.origin and not together else ""
        text += f"{gap}{comment}{piece.source}\n"
        before = piece
    return text


def _defines(piece: Piece) -> bool:
    body = ast.parse(piece.source).body
    return any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) for node in body)
