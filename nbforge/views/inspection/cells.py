"""What every picture of a slice says about a cell."""

from __future__ import annotations

from nbforge.values import Cell, CellSlice, Explained

_TITLE = 34


def anchor(cell: CellSlice) -> str:
    """The cell's identifier in a page or diagram."""
    return f"c{cell.notebook}-{cell.index}"


def kind(cell: CellSlice) -> str:
    """``out``, ``scoring`` (its statements serve requests) or ``training``."""
    if not cell.included:
        return "out"
    return "scoring" if cell.roles & {"predict", "features", "validate"} else "training"


def head(source: str) -> str:
    """The first line of code: no ``# nbforge:`` comment, no empty line."""
    lines = (line.strip() for line in source.splitlines())
    return next((line for line in lines if line and not line.startswith("# nbforge")), "")


def title(cell: CellSlice, found: Explained) -> str:
    """``7  model.fit(X, y)``: the index and the first kept line, cut."""
    text = head(cell.source or original(cell, found).source)
    return f"{cell.index}  {text if len(text) <= _TITLE else text[: _TITLE - 3] + '...'}"


def original(cell: CellSlice, found: Explained) -> Cell:
    """The cell as its author wrote it."""
    return found.slice.notebooks[cell.notebook].cells[cell.index]


def because(cell: CellSlice) -> str:
    """Why it is in or out, without the word that says which."""
    return cell.reason.removeprefix("in: ").removeprefix("out: ")


def flows(found: Explained) -> dict[tuple[tuple[int, int], tuple[int, int]], list[str]]:
    """The names that kept cells give to kept cells; imports count only where nothing else flows out of a cell."""
    kept = [link for link in found.links if link.kept]
    busy = {link.source for link in kept if link.kind != "import"}
    first: dict[tuple[int, int], tuple[int, int]] = {}
    for link in kept:
        first[link.source] = min(link.target, first.get(link.source, link.target))
    edges: dict[tuple[tuple[int, int], tuple[int, int]], list[str]] = {}
    for link in kept:
        if link.kind != "import" or (link.source not in busy and link.target == first[link.source]):
            edges.setdefault((link.source, link.target), []).extend(link.names)
    return edges
