"""From an ``.ipynb`` file to a :class:`~nbforge.values.Notebook`; the only user of nbformat."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
import warnings
from pathlib import Path
from typing import Any, Literal

from nbforge.errors import NotebookError
from nbforge.notebook import stage, tags
from nbforge.values import Cell, Notebook


def read(path: Path, index: int = 0, *, misspelt: bool = False) -> Notebook:
    """Read and check one notebook.

    Args:
        path: the file; any nbformat up to 4 (older ones are upgraded in memory).
        index: its position among the notebooks of a build.
        misspelt: let misspelt tags pass, which then mean nothing.

    Raises:
        NotebookError: no notebook, not readable, not Python, no code, or a misspelt tag.
    """
    content, raw_document = document(path)
    kernel = check_language(raw_document, path.name)
    raw_cells = enumerate(raw_document["cells"])
    cells = tuple(_cell(raw, index, position, path.name, misspelt) for position, raw in raw_cells)
    if not any(cell.kind == "code" and cell.source.strip() for cell in cells):
        raise NotebookError(
            "the notebook has no code.",
            remedy="Add the cells that train and predict.",
            code="empty-notebook",
            notebook=path.name,
        )
    return Notebook(
        path=path,
        sha256=hashlib.sha256(content).hexdigest(),
        name=slug(path.stem),
        cells=cells,
        kernel=kernel,
        language="python",
        stage=stage.is_stage(cells, path),
    )


def document(path: Path) -> tuple[bytes, dict[str, Any]]:
    """The file, and what is in it as nbformat 4, cells checked for their shape.

    Raises:
        NotebookError: it cannot be read or is no notebook.
    """
    content = _content(path)
    return content, _document(content, path)


def check_language(raw: dict[str, Any], file: str) -> str | None:
    """The kernel's name in the notebook's metadata.

    Raises:
        NotebookError: the notebook is not written in Python.
    """
    kernel, language = _kernel(raw.get("metadata", {}))
    if language.lower() not in {"python", "ipython", "python3"}:
        raise NotebookError(
            f"the notebook is written in {language}, not in Python.",
            remedy="Only notebooks with a Python kernel can be built.",
            code="not-python",
            notebook=file,
        )
    return kernel


def slug(stem: str) -> str:
    """``Churn Model (v2)`` as a name that is good for a folder and an image: ``churn-model-v2``."""
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-") or "notebook"


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        problem, remedy = "there is no such file.", "Check the path of the notebook."
    except IsADirectoryError:
        problem, remedy = "this is a folder, not a notebook.", "Give the path of the .ipynb file in it."
    except OSError as error:
        problem, remedy = f"cannot be read: {error.strerror or error}.", "Check the file and its permissions."
    raise NotebookError(problem, remedy=remedy, code="unreadable-notebook", notebook=path.name)


def _document(content: bytes, path: Path) -> dict[str, Any]:
    def broken(problem: str, detail: str = "") -> NotebookError:
        return NotebookError(
            problem,
            remedy="Open the notebook in Jupyter and save it again.",
            code="broken-notebook",
            notebook=path.name,
            detail=detail,
        )

    try:
        raw = json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, RecursionError) as error:
        raise broken("this is not a notebook: the file is no UTF-8 text.") from error
    except json.JSONDecodeError as error:
        problem = f"this is not a notebook: broken JSON in line {error.lineno} ({error.msg})."
        raise broken(problem, str(error)) from error
    if not isinstance(raw, dict) or not isinstance(raw.get("nbformat"), int):
        raise broken("this is not a notebook: the file is JSON, but not of Jupyter's format.")
    if raw["nbformat"] > 4:
        raise broken(f"notebook format {raw['nbformat']} is newer than nbforge knows (4).")
    try:
        return _upgraded(raw)
    except Exception as error:  # nbformat's converters raise whatever a malformed document makes them
        raise broken("this is not a valid notebook.", f"{type(error).__name__}: {error}") from error


def _upgraded(raw: dict[str, Any]) -> dict[str, Any]:
    if raw["nbformat"] < 4:
        import nbformat

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            raw = nbformat.convert(nbformat.from_dict(raw), 4)  # type: ignore[no-untyped-call]
    if not isinstance(raw.get("cells"), list) or not isinstance(raw.get("metadata", {}), dict):
        raise TypeError("`cells` is no list")
    for position, cell in enumerate(raw["cells"]):
        if cell.get("cell_type") not in {"code", "markdown", "raw"} or not isinstance(_text(cell["source"]), str):
            raise ValueError(f"cell {position} is malformed")
    return raw


def _kernel(metadata: dict[str, Any]) -> tuple[str | None, str]:
    spec = metadata.get("kernelspec") or {}
    info = metadata.get("language_info") or {}
    name = spec.get("name")
    language = info.get("name") or spec.get("language") or _language_of_kernel(name)
    return name, str(language)


def _language_of_kernel(name: str | None) -> str:
    """Old notebooks may name nothing but the kernel."""
    return {"ir": "R", "julia": "Julia"}.get((name or "").split("-")[0].lower(), "python")


def _cell(raw: dict[str, Any], notebook: int, index: int, file: str, misspelt: bool) -> Cell:
    kind: Literal["code", "markdown", "raw"] = raw["cell_type"]
    source = _text(raw["source"])
    metadata = raw.get("metadata") or {}
    written = tuple(str(tag) for tag in metadata.get("tags") or ())
    roles = tags.roles(written, source if kind == "code" else "")
    if misspelt and isinstance(roles, tags.NearMiss):
        roles = tags.spelt_roles(written, source if kind == "code" else "")
    if isinstance(roles, tags.NearMiss):
        what = "comment" if roles.comment else "tag"
        raise NotebookError(
            f"unknown {what} `{roles.written}`.",
            remedy=f"Did you mean `{roles.suggestion}`?",
            code="unknown-tag",
            notebook=file,
            cell=index,
            name=roles.written,
        )
    return Cell(notebook, index, kind, source, written, roles if kind == "code" else frozenset())


def _text(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)
