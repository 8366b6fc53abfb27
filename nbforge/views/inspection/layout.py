"""Layered drawing of a directed graph whose nodes have an order (K. Sugiyama et al., IEEE Trans. SMC 11(2), 1981).

Layers by longest path; an edge over several layers passes through a waypoint in each; order within a layer by the mean
position of the neighbours, swept down and up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Point = tuple[float, float]

_SWEEPS = 6
_WAYPOINT = 14.0
_PORTS = 30.0


@dataclass(frozen=True, slots=True)
class Spacing:
    """Pixels: the gaps between nodes of a layer and between layers, and a node's height."""

    across: float = 28.0
    down: float = 64.0
    height: float = 46.0


@dataclass(frozen=True, slots=True)
class Drawing:
    """Centres of nodes by number, points of edges from source to target, and the size of it all."""

    nodes: Mapping[int, Point]
    edges: Mapping[tuple[int, int], tuple[Point, ...]]
    width: float
    height: float


def draw(widths: Sequence[float], edges: Sequence[tuple[int, int]], spacing: Spacing) -> Drawing:
    """Place nodes ``0..n-1`` of the given widths; edges from a later to an earlier node are drawn upwards."""
    layer = _layers(len(widths), edges)
    size = dict(enumerate(widths))
    chains: dict[tuple[int, int], list[int]] = {}
    for source, target in edges:
        low, high = sorted((source, target))
        chain = [low]
        for at in range(layer[low] + 1, layer[high]):
            waypoint = len(size)
            size[waypoint], layer[waypoint] = _WAYPOINT, at
            chain.append(waypoint)
        chains[source, target] = [*chain, high]
    rows = _ordered(layer, list(chains.values()))
    total = max((_width(row, size, spacing) for row in rows), default=0.0)
    centres = _placed(rows, size, total, spacing)
    lines = _spread({edge: [centres[n] for n in chain] for edge, chain in chains.items()}, widths)
    return Drawing(
        nodes={node: centres[node] for node in range(len(widths))},
        edges={edge: tuple(line if edge[0] < edge[1] else line[::-1]) for edge, line in lines.items()},
        width=total,
        height=len(rows) * (spacing.height + spacing.down) - spacing.down if rows else 0.0,
    )


def _spread(lines: dict[tuple[int, int], list[Point]], widths: Sequence[float]) -> dict[tuple[int, int], list[Point]]:
    """The same lines, those that meet one side of a node side by side along it, in the order they come from."""
    for end, beside in ((0, 1), (-1, -2)):
        sides: dict[int, list[tuple[int, int]]] = {}
        for edge in lines:
            sides.setdefault(sorted(edge)[end], []).append(edge)
        for node, edges in sides.items():
            edges.sort(key=lambda edge: lines[edge][beside])
            step = min(_PORTS, widths[node] * 0.8 / len(edges))
            for at, edge in enumerate(edges):
                across, down = lines[edge][end]
                lines[edge][end] = (across + (at - (len(edges) - 1) / 2) * step, down)
    return lines


def _layers(count: int, edges: Sequence[tuple[int, int]]) -> dict[int, int]:
    layer = dict.fromkeys(range(count), 0)
    for low, high in sorted((min(edge), max(edge)) for edge in edges):
        layer[high] = max(layer[high], layer[low] + 1)
    return layer


def _ordered(layer: Mapping[int, int], chains: Sequence[Sequence[int]]) -> list[list[int]]:
    rows: list[list[int]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for node in sorted(layer):
        rows[layer[node]].append(node)
    above: dict[int, list[int]] = {node: [] for node in layer}
    below: dict[int, list[int]] = {node: [] for node in layer}
    for chain in chains:
        for upper, lower in pairwise(chain):
            above[lower].append(upper)
            below[upper].append(lower)
    for sweep in range(_SWEEPS):
        downwards = sweep % 2 == 0
        neighbours = above if downwards else below
        place = {node: at / len(row) for row in rows for at, node in enumerate(row)}
        for row in rows if downwards else rows[::-1]:
            row.sort(key=lambda node: _mean([place[n] for n in neighbours[node]], place[node]))
            place |= {node: at / len(row) for at, node in enumerate(row)}
    return rows


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _width(row: Sequence[int], size: Mapping[int, float], spacing: Spacing) -> float:
    return sum(size[node] for node in row) + spacing.across * (len(row) - 1)


def _placed(
    rows: Sequence[Sequence[int]], size: Mapping[int, float], total: float, spacing: Spacing
) -> dict[int, Point]:
    centres: dict[int, Point] = {}
    for depth, row in enumerate(rows):
        left = (total - _width(row, size, spacing)) / 2
        down = depth * (spacing.height + spacing.down) + spacing.height / 2
        for node in row:
            centres[node] = (left + size[node] / 2, down)
            left += size[node] + spacing.across
    return centres
