"""How long the parts of a request take."""

from __future__ import annotations

import time

from nbforge.runtime.ledger import Ledger
from nbforge.runtime.series import Histogram, Observed

STAGES = ("parse", "validate", "queue", "predict", "encode")
_SECONDS = (0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25)
_LONG = (0.5, 1.0, 2.5, 5.0, 10.0)


class Timer:
    """``with timer:`` counts the time of the block, which waits for nothing and does not nest."""

    __slots__ = ("_cell", "_started")

    def __init__(self, cell: Observed) -> None:
        self._cell, self._started = cell, 0.0

    def __enter__(self) -> None:
        self._started = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._cell.observe(time.perf_counter() - self._started)


class Stages(Histogram):
    """``nbforge_stage_duration_seconds``: a timer for each stage of the event loop, and the times that the predicting
    thread knows.
    """

    def __init__(self, ledger: Ledger) -> None:
        name, text = "nbforge_stage_duration_seconds", "Time of a part of a request, or of a call of the model"
        super().__init__(ledger, name, text, ("stage",), buckets=(*_SECONDS, *_LONG))
        cells = {stage: self.labels(stage) for stage in STAGES}
        self.parse, self.validate, self.encode = (Timer(cells[stage]) for stage in ("parse", "validate", "encode"))
        self.queue, self.predict = cells["queue"], cells["predict"]
