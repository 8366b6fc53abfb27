"""Counters, gauges and histograms over a ledger, told as prometheus_client's families."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Generic, Protocol, TypeVar

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from nbforge.runtime.ledger import Cell, Key, Ledger

C = TypeVar("C")

Cells = Mapping[tuple[str, ...], Sequence[float]]
"""What was counted of one name, by labels."""


class Counted(Protocol):
    """What tells families of what the ledger holds."""

    def families(self, counted: Mapping[str, Cells]) -> Iterator[Metric]:
        """What all processes counted, by name."""


class Series(Generic[C]):
    """One metric, a cell for each combination of its labels."""

    def __init__(self, ledger: Ledger, name: str, text: str, labels: Sequence[str] = ()) -> None:
        self.name, self.text, self.labelnames = name, text, tuple(labels)
        self._ledger = ledger
        self._cells: dict[tuple[str, ...], C] = {}
        if not labels:
            self.labels()

    def labels(self, *values: str) -> C:
        """The cell of these labels."""
        cell = self._cells.get(values)
        if cell is None:
            cell = self._cells[values] = self._cell((self.name, *map(str, values)))
        return cell

    def _cell(self, key: Key) -> C:
        raise NotImplementedError

    def families(self, counted: Mapping[str, Cells]) -> Iterator[Metric]:
        """See :class:`Counted`."""
        yield self._family(counted.get(self.name, {}))

    def _family(self, cells: Cells) -> Metric:
        raise NotImplementedError


class Counter(Series[Cell]):
    """A number that only grows."""

    _kind: ClassVar[type[CounterMetricFamily | GaugeMetricFamily]] = CounterMetricFamily

    def _cell(self, key: Key) -> Cell:
        return self._ledger.cell(key)

    def inc(self, amount: float = 1) -> None:
        """Add to a counter without labels."""
        self.labels().inc(amount)

    def _family(self, cells: Cells) -> Metric:
        family = self._kind(self.name, self.text, labels=self.labelnames)
        for labels, (value,) in cells.items():
            family.add_metric(labels, value)
        return family


class Gauge(Counter):
    """What is under way; the sum over processes."""

    _kind = GaugeMetricFamily

    def dec(self, amount: float = 1) -> None:
        """Take from a gauge without labels."""
        self.labels().dec(amount)


class Observed:
    """The cell of a histogram: a count for each bucket, and the sum."""

    __slots__ = ("_cell", "_edges")

    def __init__(self, cell: Cell, edges: Sequence[float]) -> None:
        self._cell, self._edges = cell, edges

    def observe(self, value: float) -> None:
        """Count one value; a bucket holds what is at most its edge."""
        self._cell.pair(bisect_left(self._edges, value), value)


class Histogram(Series[Observed]):
    """How values are distributed; ``buckets`` are the upper edges, in rising order."""

    def __init__(
        self, ledger: Ledger, name: str, text: str, labels: Sequence[str] = (), *, buckets: Sequence[float]
    ) -> None:
        self._edges = tuple(buckets)
        super().__init__(ledger, name, text, labels)

    def _cell(self, key: Key) -> Observed:
        return Observed(self._ledger.cell(key, len(self._edges) + 2), self._edges)

    def observe(self, value: float) -> None:
        """Count one value of a histogram without labels."""
        self.labels().observe(value)

    def _family(self, cells: Cells) -> Metric:
        family = HistogramMetricFamily(self.name, self.text, labels=self.labelnames)
        names = [*map(floatToGoString, self._edges), "+Inf"]
        for labels, values in cells.items():
            counted, buckets = 0.0, []
            for name, count in zip(names, values[:-1], strict=True):
                counted += count
                buckets.append((name, counted))
            family.add_metric(labels, buckets, values[-1])
        return family


class Summary(Histogram):
    """Count and sum of values."""

    def __init__(self, ledger: Ledger, name: str, text: str) -> None:
        super().__init__(ledger, name, text, buckets=())

    def _family(self, cells: Cells) -> Metric:
        family = SummaryMetricFamily(self.name, self.text, labels=self.labelnames)
        for labels, (count, total) in cells.items():
            family.add_metric(labels, int(count), total)
        return family


class Collected(Collector):
    """Everything in a ledger as one collector, all of the same moment."""

    def __init__(self, ledger: Ledger, parts: Sequence[Counted]) -> None:
        self._ledger, self._parts = ledger, tuple(parts)

    def collect(self) -> Iterator[Metric]:
        """The families, for Prometheus."""
        counted: dict[str, dict[tuple[str, ...], list[float]]] = {}
        for (name, *labels), values in self._ledger.totals().items():
            counted.setdefault(name, {})[tuple(labels)] = values
        for each in self._parts:
            yield from each.families(counted)
