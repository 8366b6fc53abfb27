"""What was measured, as tables of Markdown, as a plot, and on the page of the docs."""

from __future__ import annotations

import os
import re
import statistics
import time
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
_SHOWN = ("c32_rate", "c32_p99", "batch_rows")
_OURS, _THEIRS = "#c2410c", "#64748b"


PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "serving.md"
BEGIN, END = "<!-- measured: make bench-serving DOCS=1 writes what is between these marks -->", "<!-- end -->"


def markdown(found: Found, titles: Mapping[str, str], base: str, reasons: Mapping[str, Mapping[str, str]]) -> str:
    """A table a model: medians, and after each the ratio to the base with its lowest and highest over the rounds; then
    who is not in it, and why.
    """
    heads = [head for head, _, _ in COLUMNS.values()]
    lines: list[str] = []
    for model, peers in found.items():
        lines += ["", f"**{model}**", "", "| | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
        for peer, rounds in peers.items():
            cells = [_cell(peers, peer, name, base) for name in COLUMNS]
            failed = sum(each.failed for each in rounds)
            lines.append(f"| {titles[peer]}{f' ({failed} failed)' if failed else ''} | " + " | ".join(cells) + " |")
        for peer, reason in reasons.get(model, {}).items():
            lines += ["", f"Left out: {titles[peer]}. {reason}"]
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
    """A dot a service at its median, with a line from its lowest to its highest round; a row of panels a model, on
    logarithmic scales.
    """
    import matplotlib as mpl

    mpl.use("agg")
    mpl.rcParams["svg.hashsalt"] = "nbforge"
    from matplotlib import pyplot as plt
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    names = [name for name in titles if any(name in peers for peers in found.values())][::-1]
    width, height = 3 + 3 * len(_SHOWN), 1 + 0.25 * len(names) * len(found) + 0.5 * len(found)
    figure, panels = plt.subplots(
        len(found), len(_SHOWN), figsize=(width, height), squeeze=False, sharex="col", sharey=True
    )
    for row, (model, peers) in zip(panels, found.items(), strict=True):
        for panel, column in zip(row, _SHOWN, strict=True):
            head, factor, form = COLUMNS[column]
            for at, name in enumerate(names):
                values = [getattr(each, column) * factor for each in peers.get(name, ())]
                if not values:
                    continue
                middle, colour = statistics.median(values), _OURS if name.startswith("nbforge") else _THEIRS
                panel.plot([min(values), max(values)], [at, at], color=colour, linewidth=2)
                panel.plot(middle, at, "o", color=colour, markersize=5)
                panel.annotate(
                    form.format(middle), (middle, at), (0, 4), textcoords="offset points", fontsize=6, ha="center"
                )
            panel.set_xscale("log")
            panel.set_yticks(range(len(names)), [titles[name].strip("*") for name in names])
            panel.set_ylim(-0.6, len(names) - 0.2)
            panel.margins(x=0.12)
            panel.set_title(f"{model}: {head}", fontsize=9)
            panel.xaxis.set_major_locator(LogLocator(10))
            panel.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
            panel.xaxis.set_minor_formatter(NullFormatter())
            panel.tick_params(labelsize=7, labelbottom=True)
            panel.grid(axis="x", alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    plt.close(figure)


def publish(text: str, found: Found, titles: Mapping[str, str], told: str, page: Path = PAGE) -> None:
    """Put how it was measured, plot and tables into a page of the docs, in place of those of an earlier run."""
    picture = page.parents[1] / "images" / f"{page.stem}.svg"
    plot(found, titles, picture)
    old = page.read_text(encoding="utf-8")
    before, after = old[: old.index(BEGIN) + len(BEGIN)], old[old.index(END) :]
    shown = f"![Requests and rows a second of all services](../images/{picture.name})"
    page.write_text(f"{before}\n{told}\n\n{shown}\n\n{text}{after}", encoding="utf-8")


def machine() -> str:
    """What the figures hold for."""
    model = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return f"{os.cpu_count()} cores{f' ({model[1]})' if model else ''}"


def busy(seconds: float = 3.0) -> float:
    """The part of the processors' time that is used now."""
    before = _times()
    time.sleep(seconds)
    spent = [late - early for late, early in zip(_times(), before, strict=True)]
    return 1 - sum(spent[3:5]) / sum(spent)


def _times() -> list[int]:
    """User, nice, system, idle, waiting, ..., as proc(5) has them."""
    return [int(each) for each in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
