"""What was measured, as tables of Markdown and as a plot."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.serving.peers import Round

Found = Mapping[str, Mapping[str, Sequence[Round]]]
"""Rounds by model and peer."""

COLUMNS = {
    "c1_p50": ("c=1 p50, ms", 1e3, "{:.2f}"),
    "c32_rate": ("c=32, req/s", 1, "{:,.0f}"),
    "c32_p99": ("c=32 p99, ms", 1e3, "{:.1f}"),
    "batch_rows": ("100-row batches, rows/s", 1, "{:,.0f}"),
    "start": ("start, s", 1, "{:.2f}"),
    "memory": ("memory, MiB", 1, "{:.0f}"),
}
_LOG_BARS = ("c32_rate", "batch_rows")


def markdown(found: Found, titles: Mapping[str, str], base: str) -> str:
    """A table a model: medians, and below each the ratio to the base with its lowest and highest over the rounds."""
    heads = [head for head, _, _ in COLUMNS.values()]
    lines: list[str] = []
    for model, peers in found.items():
        lines += ["", f"**{model}**", "", "| | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
        for peer, rounds in peers.items():
            cells = [_cell(peers, peer, name, base) for name in COLUMNS]
            failed = sum(each.failed for each in rounds)
            lines.append(f"| {titles[peer]}{f' ({failed} failed)' if failed else ''} | " + " | ".join(cells) + " |")
    return "\n".join(lines[1:]) + "\n"


def _cell(peers: Mapping[str, Sequence[Round]], peer: str, name: str, base: str) -> str:
    _, factor, form = COLUMNS[name]
    values = [getattr(each, name) for each in peers[peer]]
    text = form.format(statistics.median(values) * factor)
    if peer == base or base not in peers:
        return text
    ratios = [
        getattr(ours, name) / getattr(theirs, name) for ours, theirs in zip(peers[peer], peers[base], strict=False)
    ]
    return f"{text} ({statistics.median(ratios):.2f}x, {min(ratios):.2f}-{max(ratios):.2f})"


def plot(found: Found, titles: Mapping[str, str], path: Path) -> None:
    """Bars of throughput, a panel a model and kind, on a logarithmic scale."""
    import matplotlib as mpl

    mpl.use("agg")
    mpl.rcParams["svg.hashsalt"] = "nbforge"
    from matplotlib import pyplot as plt

    figure, panels = plt.subplots(len(found), 2, figsize=(10, 2 + 2 * len(found)), squeeze=False)
    for row, (model, peers) in zip(panels, found.items(), strict=True):
        for panel, name in zip(row, _LOG_BARS, strict=True):
            names = list(peers)[::-1]
            values = [statistics.median(getattr(each, name) for each in peers[peer]) for peer in names]
            colours = ["#c2410c" if peer == "nbforge" else "#94a3b8" for peer in names]
            panel.barh([titles[peer].strip("*") for peer in names], values, color=colours)
            panel.set_xscale("log")
            panel.set_title(f"{model}: {COLUMNS[name][0]}", fontsize=9)
            panel.tick_params(labelsize=8)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
