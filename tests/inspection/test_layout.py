"""A drawing in which nothing lies over anything else, whatever the graph."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from nbforge.views.inspection.layout import Spacing, draw

SPACING = Spacing()


@st.composite
def graphs(choose: st.DrawFn) -> tuple[list[float], list[tuple[int, int]]]:
    widths = choose(st.lists(st.floats(30, 300), min_size=1, max_size=25))
    nodes = st.integers(0, len(widths) - 1)
    edges = choose(st.lists(st.tuples(nodes, nodes).filter(lambda edge: edge[0] != edge[1]), max_size=60, unique=True))
    return widths, edges


@given(graphs())
def test_boxes_do_not_overlap_and_edges_meet_theirs(graph: tuple[list[float], list[tuple[int, int]]]) -> None:
    widths, edges = graph
    drawing = draw(widths, edges, SPACING)
    assert set(drawing.nodes) == set(range(len(widths)))
    assert set(drawing.edges) == set(edges)
    for (source, target), points in drawing.edges.items():
        for node, (across, down) in ((source, points[0]), (target, points[-1])):
            assert abs(across - drawing.nodes[node][0]) < widths[node] / 2
            assert down == drawing.nodes[node][1]
        downs = [down for _, down in points]
        assert downs == sorted(downs, reverse=source > target)
        assert len(set(downs)) == len(downs), "every part of an edge goes from one layer to the next"
    for one, other in combinations(range(len(widths)), 2):
        (x, y), (right, down) = drawing.nodes[one], drawing.nodes[other]
        apart = abs(x - right) >= (widths[one] + widths[other]) / 2 + SPACING.across - 1e-6
        assert apart or abs(y - down) >= SPACING.height
    for node, (x, y) in drawing.nodes.items():
        assert widths[node] / 2 - 1e-6 <= x <= drawing.width - widths[node] / 2 + 1e-6
        assert SPACING.height / 2 <= y <= drawing.height - SPACING.height / 2
