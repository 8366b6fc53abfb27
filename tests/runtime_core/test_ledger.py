"""Counts of several processes, exact also when one is killed."""

from __future__ import annotations

import os
import signal

from hypothesis import given, settings
from hypothesis import strategies as st

from nbforge.runtime import ledger
from nbforge.runtime.ledger import Ledger
from nbforge.runtime.series import Collected, Counter, Histogram


def test_what_a_killed_process_counted_stays_and_its_successor_counts_on() -> None:
    book = Ledger(2)
    early = book.cell(("requests",))
    for _ in range(2):
        pid = os.fork()
        if pid == 0:
            book.take(1)
            early.inc(3)
            book.cell(("errors", "a b", "é")).inc(2)
            os.kill(os.getpid(), signal.SIGKILL)
        os.waitpid(pid, 0)
    book.take(0)
    early.inc()
    assert book.totals() == {("requests",): [7], ("errors", "a b", "é"): [4]}
    book.clear(1, ["requests"])
    assert book.totals()["requests",] == [1]


def test_a_full_region_costs_counts_and_nothing_else() -> None:
    lost: list[bool] = []
    book = Ledger(lost=lambda: lost.append(True))
    book.cell(("kept",)).inc()
    size = ledger.REGION_BYTES // 8
    book.cell(("too", "large"), size).bump(range(10))
    assert book.totals() == {("kept",): [1]}
    assert lost == [True]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.tuples(st.text('aé"\\ ', max_size=9), st.sampled_from(["x", "y"])),
            st.floats(0, 100),
        ),
        max_size=40,
    )
)
def test_sums_over_processes_are_the_sums(counted: list[tuple[int, tuple[str, str], float]]) -> None:
    """Regions in turn, as one process after the other would: what is read is what was added."""
    book = Ledger(3)
    early = Counter(book, "early", "made before the others")
    expected: dict[tuple[str, str], int] = {}
    for region in range(3):
        book.take(region)
        series = _series(book)
        for at, labels, value in counted:
            if at == region:
                early.inc()
                series[0].labels(*labels).inc()
                series[1].observe(value)
                expected[labels] = expected.get(labels, 0) + 1
    families = {each.name: each for each in Collected(book, [early, *_series(book)]).collect()}
    assert families["early"].samples[0].value == len(counted)
    assert {(s.labels["one"], s.labels["other"]): s.value for s in families["by"].samples} == expected
    buckets = {s.labels["le"]: s.value for s in families["seconds"].samples if s.name.endswith("_bucket")}
    values = [value for _, _, value in counted]
    below = [sum(value <= edge for value in values) for edge in (1, 10)]
    assert buckets == {"1.0": below[0], "10.0": below[1], "+Inf": len(values)}


def _series(book: Ledger) -> tuple[Counter, Histogram]:
    return Counter(book, "by", "by labels", ("one", "other")), Histogram(book, "seconds", "time", buckets=(1.0, 10.0))
