"""How often drift is reported without any, and how often it is found: the service's own counting and judging of
windows, beside the population stability index with its usual fixed limits on the same rows.

    python benchmarks/drift.py --windows 1000

Each kind of traffic is watched with several baselines; the worst of them is shown too, since a model has only one.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from nbforge.runtime import baseline
from nbforge.runtime.drift import Drift, stability
from nbforge.runtime.ledger import Ledger
from nbforge.runtime.watching.comparison import RATE

PSI_LIMITS = (0.1, 0.25)
WARM_UP = 3
KINDS = ("normal", "city", "skewed", "level", "zeros", "constant", "rare")
DTYPES = {"city": "string", "rare": "bool", "level": "int64"}
SHARES = np.array([0.4, 0.3, 0.2, 0.07, 0.03])

Columns = dict[str, Sequence[Any]]


@dataclass(frozen=True)
class Traffic:
    """How rows come about: ``fields`` of them, ``rho`` the correlation of neighbours, ``burst`` equal rows in a row."""

    name: str
    fields: int = 7
    rho: float = 0.0
    burst: int = 1
    shift: float = 0.0
    share: float = 0.0
    missing: float = 0.0

    def rows(self, rng: np.random.Generator, n: int) -> Columns:
        """``n`` rows; the first two fields are those that drift."""
        latent = self._latent(rng, n)
        found: Columns = {}
        for field in range(self.fields):
            kind = KINDS[field % len(KINDS)]
            found[f"{kind}_{field}"] = self._column(kind, latent[:, field], rng, drifts=field < len(KINDS)).tolist()
        return found

    def _latent(self, rng: np.random.Generator, n: int) -> np.ndarray:
        noise = rng.standard_normal((-(-n // self.burst), self.fields))
        if self.rho:
            own = math.sqrt(1 - self.rho**2)
            for row in range(1, len(noise)):
                noise[row] = self.rho * noise[row - 1] + own * noise[row]
        return np.repeat(noise, self.burst, axis=0)[:n]

    def _column(self, kind: str, z: np.ndarray, rng: np.random.Generator, *, drifts: bool) -> np.ndarray:
        if kind == "normal":
            values = z + self.shift * drifts
            values[rng.random(len(z)) < 0.05 + self.missing * drifts] = np.nan
            return values
        if kind == "city":
            more = np.array([-2, -1, 3, 0, 0]) / 3 * self.share * drifts
            limits = [_quantile(each) for each in np.cumsum(SHARES + more)[:-1]]
            return np.array(list("abcde"))[np.searchsorted(limits, z)]
        return _OTHERS[kind](z)


def _quantile(share: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(share)


_OTHERS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "skewed": lambda z: np.exp(1.5 * z),
    "level": lambda z: np.clip(np.round(1.2 * z + 2), 0, 6).astype(int),
    "zeros": lambda z: np.where(z < 0.5, 0.0, z),
    "constant": lambda z: np.full(len(z), 3.0),
    "rare": lambda z: z > 2.3,
}


class Watched:
    """A service's drift, and the PSI of the same windows."""

    def __init__(self, training: Columns, rows: int) -> None:
        kinds = {name: DTYPES.get(name.split("_")[0], "float64") for name in training}
        self._bases = {name: baseline.compute(values, kinds[name]) for name, values in training.items()}
        self._drift = Drift(self._bases, Ledger(), rows)
        self._rows = rows
        self._judged = 0

    def window(self, columns: Columns) -> tuple[set[str], float]:
        """Count a window: the fields with an alarm, and the largest PSI of any."""
        self._drift.observe(columns, self._rows)
        self._judged += 1
        while (found := self._drift.describe())["windows"] < self._judged:
            time.sleep(0.0002)
        largest = max(
            stability(baseline.bin_counts(base, columns[name]), baseline.training_counts(base))
            for name, base in self._bases.items()
        )
        return {each["field"] for each in found["fields"] if each["alarm"]}, largest


def watch(traffic: Traffic, rows: int, training: int, windows: int, seed: int) -> Iterator[tuple[set[str], float]]:
    """What is said of each window, after some without drift."""
    rng = np.random.default_rng(seed)
    quiet = replace(traffic, shift=0.0, share=0.0, missing=0.0)
    watched = Watched(replace(quiet, rho=0.0, burst=1).rows(rng, training), rows)
    drifts = quiet != traffic
    if drifts:
        for _ in range(WARM_UP):
            watched.window(quiet.rows(rng, rows))
    # In pieces, since rows that depend on each other are made one by one.
    columns = traffic.rows(rng, rows * windows)
    for at in range(windows):
        yield watched.window({name: values[at * rows : (at + 1) * rows] for name, values in columns.items()})


def false_alarms(traffic: Traffic, rows: int, training: int, windows: int, baselines: int) -> tuple[str, bool]:
    """A line of the table, and whether the rate is kept."""
    alarmed = np.zeros((baselines, 3))
    each = windows // baselines
    for seed in range(baselines):
        for fields, psi in watch(traffic, rows, training, each, seed):
            alarmed[seed] += (bool(fields), *(psi > limit for limit in PSI_LIMITS))
    total = alarmed.sum(axis=0)
    done = each * baselines
    kept = bool(total[0] <= RATE * done + 3 * math.sqrt(RATE * (1 - RATE) * done))
    shares = " | ".join(f"{100 * value / done:.1f} %" for value in total)
    worst = 100 * alarmed[:, 0].max() / each
    return f"| {traffic.name} | {traffic.fields} | {rows} | {training} | {shares} | {worst:.1f} % |", kept


def power(traffic: Traffic, field: str, rows: int, training: int, windows: int) -> str:
    """A line of the table: how many windows with drift raise an alarm of the field that drifts; each time anew."""
    found = np.zeros(3)
    for seed in range(windows):
        fields, psi = next(watch(traffic, rows, training, 1, 1000 + seed))
        found += (any(name.startswith(field) for name in fields), *(psi > limit for limit in PSI_LIMITS))
    shares = " | ".join(f"{100 * value / windows:.0f} %" for value in found)
    return f"| {traffic.name} | {rows} | {training} | {shares} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--windows", type=int, default=1000, help="windows of each kind of traffic without drift")
    parser.add_argument("--tries", type=int, default=200, help="windows of each kind of drift")
    parser.add_argument("--baselines", type=int, default=4)
    given = parser.parse_args()
    print("| traffic without drift | fields | rows | training | alarms | PSI > 0.1 | PSI > 0.25 | worst baseline |")
    print("|---|---|---|---|---|---|---|---|")
    quiet = [
        (Traffic("independent rows"), 200, 2000), (Traffic("independent rows"), 1000, 2000),
        (Traffic("independent rows", fields=30), 200, 300), (Traffic("independent rows", fields=30), 1000, 300),
        (Traffic("independent rows", fields=30), 1000, 10_000), (Traffic("independent rows", fields=4), 200, 10_000),
        (Traffic("AR(1), rho 0.5", rho=0.5), 200, 2000), (Traffic("AR(1), rho 0.5", rho=0.5), 1000, 2000),
        (Traffic("AR(1), rho 0.8", rho=0.8), 200, 2000), (Traffic("AR(1), rho 0.9", rho=0.9), 1000, 2000),
        (Traffic("bursts of 5 equal rows", burst=5), 200, 2000),
        (Traffic("bursts of 20 equal rows", burst=20), 1000, 2000),
    ]  # fmt: skip
    kept = True
    for traffic, rows, training in quiet:
        line, ok = false_alarms(traffic, rows, training, given.windows, given.baselines)
        print(line if ok else f"{line} TOO MANY", flush=True)
        kept = kept and ok
    print("\n| drift | rows | training | found | PSI > 0.1 | PSI > 0.25 |\n|---|---|---|---|---|---|")
    drifts = [
        (Traffic("mean up 0.5 sd", shift=0.5), "normal"),
        (Traffic("a category's share up 15 points", share=0.15), "city"),
        (Traffic("missing values up 10 points", missing=0.1), "normal"),
        (Traffic("mean up 0.5 sd, AR(1), rho 0.5", shift=0.5, rho=0.5), "normal"),
    ]
    for traffic, field in drifts:
        for rows in (200, 1000):
            for training in (2000, 300):
                print(power(traffic, field, rows, training, given.tries), flush=True)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
