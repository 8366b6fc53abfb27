"""The data flow as a Mermaid flowchart, which code hosts draw in Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from nbforge.values import Explained
from nbforge.views import words
from nbforge.views.inspection.cells import flows, kind, title

_STYLES = {"training": "fill:#dbeafe,stroke:#2563eb,color:#111", "scoring": "fill:#dcfce7,stroke:#16a34a,color:#111"}
_SPECIAL = {'"': "#quot;", "<": "#lt;", ">": "#gt;", "#": "#35;", "`": "#96;"}


def flowchart(found: Explained) -> str:
    """Kept cells and what they give each other; cells that scoring runs are green."""
    cells = [cell for cell in found.slice.cells if cell.included]
    several = len(found.slice.notebooks) > 1
    lines = ["flowchart TD"]
    for position, notebook in enumerate(found.slice.notebooks):
        mine = [cell for cell in cells if cell.notebook == position]
        indent = "    "
        if several:
            lines.append(f'    subgraph n{position}["{_text(notebook.path.name)}"]')
            indent += "    "
        for cell in mine:
            roles = f"<br/><i>{_text(', '.join(sorted(cell.roles)))}</i>" if cell.roles else ""
            lines.append(
                f'{indent}{_node((cell.notebook, cell.index))}["{_text(title(cell, found))}{roles}"]:::{kind(cell)}'
            )
        if several:
            lines.append("    end")
    for (source, target), names in flows(found).items():
        lines.append(f'    {_node(source)} -->|"{_names(names)}"| {_node(target)}')
    lines += [f"    classDef {name} {style}" for name, style in _STYLES.items()]
    return "\n".join(lines)


def _node(place: tuple[int, int]) -> str:
    return f"c{place[0]}_{place[1]}"


def _names(names: Sequence[str]) -> str:
    return _text(words.listed(names, 3))


def _text(text: str) -> str:
    return "".join(_SPECIAL.get(letter, letter) for letter in text)
