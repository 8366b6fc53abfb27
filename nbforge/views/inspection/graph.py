"""The data flow between cells as an SVG that needs no script."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from nbforge.values import CellSlice, Explained
from nbforge.views import words
from nbforge.views.inspection.cells import anchor, flows, kind, title
from nbforge.views.inspection.layout import Point, Spacing, draw

_LETTER = 7.2
_PADDING = 22.0
_MARGIN = 12.0
_SPACING = Spacing()


def svg(found: Explained) -> str:
    """Kept cells as boxes, what one takes from another as lines with the names; empty where nothing is kept."""
    cells = [cell for cell in found.slice.cells if cell.included]
    if not cells:
        return ""
    number = {(cell.notebook, cell.index): at for at, cell in enumerate(cells)}
    named = flows(found)
    labels = [(title(cell, found), _role(cell)) for cell in cells]
    widths = [max(len(head), len(role)) * _LETTER + _PADDING for head, role in labels]
    edges = [(number[source], number[target]) for source, target in named]
    drawing = draw(widths, edges, _SPACING)
    lines, texts = [], []
    for (source, target), names in named.items():
        points = drawing.edges[number[source], number[target]]
        told = f"<title>{escape(', '.join(names))}</title>"
        lines.append(f'<path class="edge" d="{_curve(points)}" marker-end="url(#arrow)">{told}</path>')
        texts.append(_label(points, names))
    boxes = [
        _box(cell, labels[at], widths[at], drawing.nodes[at], len(found.slice.notebooks) > 1)
        for at, cell in enumerate(cells)
    ]
    width, height = drawing.width + 2 * _MARGIN, drawing.height + 2 * _MARGIN
    return (
        '<svg class="flow" role="img" aria-label="Data flow between the kept cells" '
        f'width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="{-_MARGIN:g} {-_MARGIN:g} {width:.0f} {height:.0f}" xmlns="http://www.w3.org/2000/svg">'
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path class="head" d="M0 0 8 4 0 8z"/></marker></defs>'
        f"{''.join(lines)}{''.join(boxes)}{''.join(texts)}</svg>"
    )


def _role(cell: CellSlice) -> str:
    return ", ".join(sorted(cell.roles)) or ("runs in training" if cell.phase == "training" else "runs after training")


def _box(cell: CellSlice, label: tuple[str, str], width: float, centre: Point, several: bool) -> str:
    x, y = centre[0] - width / 2, centre[1] - _SPACING.height / 2
    head, role = (escape(text) for text in label)
    place = f"notebook {cell.notebook + 1}, " if several else ""
    return (
        f'<a href="#{anchor(cell)}" class="node {kind(cell)}">'
        f"<title>{place}cell {cell.index}: {escape(cell.reason)}</title>"
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{_SPACING.height:g}" rx="7"/>'
        f'<text x="{centre[0]:.1f}" y="{centre[1] - 4:.1f}">{head}</text>'
        f'<text class="role" x="{centre[0]:.1f}" y="{centre[1] + 13:.1f}">{role}</text></a>'
    )


def _curve(points: Sequence[Point]) -> str:
    """From below the first box through the waypoints to above the last one; the other way round for an edge upwards."""
    half = _SPACING.height / 2 if points[0][1] < points[-1][1] else -_SPACING.height / 2
    (x, y), *rest = [(points[0][0], points[0][1] + half), *points[1:-1], (points[-1][0], points[-1][1] - half)]
    text = f"M{x:.1f} {y:.1f}"
    for right, down in rest:
        bend = (down - y) / 2
        text += f"C{x:.1f} {y + bend:.1f} {right:.1f} {down - bend:.1f} {right:.1f} {down:.1f}"
        x, y = right, down
    return text


def _label(points: Sequence[Point], names: Sequence[str]) -> str:
    (x0, y0), (x1, y1) = points[0], points[1]
    if len(points) > 2:  # beside the boxes of the layer that the line passes through
        x, y, anchored = x1 + 5, y1, ' style="text-anchor: start"'
    else:
        x, y, anchored = (x0 + x1) / 2, (y0 + y1) / 2, ""
    return f'<text class="names"{anchored} x="{x:.1f}" y="{y + 4:.1f}">{escape(words.listed(names, 2))}</text>'
