"""Callers who arrive together are predicted together, and each gets his own rows."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from nbforge.runtime.answers import Answers
from nbforge.runtime.batching import Batcher, Columns, ModelFailed, Overloaded
from nbforge.runtime.errors import ValidateError
from tests.runtime_service.conftest import Running, Serve
from tests.support import bundles


class Model:
    """Doubles its numbers, fails on 13, and can be held up."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.go = threading.Event()
        self.go.set()

    def score(self, columns: Columns, n: int) -> Answers:
        self.go.wait(5)
        values = list(columns["x"])
        assert len(values) == n
        self.calls.append(values)
        if 13 in values:
            raise StopIteration
        return Answers(tuple(2 * value for value in values))

    def admit(self, columns: Columns, n: int) -> None:
        if 99 in columns["x"]:
            raise ValidateError("not 99")


def run(model: Model, story: Callable[[Batcher], Any], **limits: Any) -> Any:
    async def main() -> Any:
        settings = {"merge": True, "max_rows": 100, "max_queue_rows": 100, "max_wait": 60.0, **limits}
        batcher = Batcher(model.score, admit=model.admit, observe=lambda *_: None, waited=lambda _: None, **settings)
        batcher.start()
        try:
            return await asyncio.wait_for(story(batcher), 10)
        finally:
            await batcher.stop()

    return asyncio.run(main())


async def _held(model: Model, batcher: Batcher, groups: list[list[int]]) -> list[Any]:
    """Submit all groups while a first one keeps the model busy."""
    model.go.clear()
    first = asyncio.ensure_future(batcher.submit({"x": [1]}, 1))
    await asyncio.sleep(0)
    rest = [asyncio.ensure_future(batcher.submit({"x": group}, len(group))) for group in groups]
    await asyncio.sleep(0)
    model.go.set()
    await first
    return await asyncio.gather(*rest, return_exceptions=True)


def test_what_waits_is_merged_and_split_again() -> None:
    model = Model()
    groups = [[2], [3, 4, 5], [6], [7, 8]]
    answers = run(model, lambda batcher: _held(model, batcher, groups))
    assert [each.predictions for each in answers] == [tuple(2 * x for x in group) for group in groups]
    assert model.calls == [[1], [2, 3, 4, 5, 6, 7, 8]]


def test_a_failing_row_fails_its_caller_alone() -> None:
    model = Model()
    groups = [[2], [3, 13], [99], [4], [5], [13]]
    answers = run(model, lambda batcher: _held(model, batcher, groups))
    assert [type(each) for each in answers] == [Answers, ModelFailed, ValidateError, Answers, Answers, ModelFailed]
    assert [each.predictions for each in answers if isinstance(each, Answers)] == [(4,), (8,), (10,)]


def test_limits_and_services_that_must_not_merge() -> None:
    model = Model()
    run(model, lambda batcher: _held(model, batcher, [[2, 3], [4, 5], [6]]), max_rows=4)
    assert model.calls == [[1], [2, 3, 4, 5], [6]]
    model = Model()
    run(model, lambda batcher: _held(model, batcher, [[2], [3]]), merge=False)
    assert model.calls == [[1], [2], [3]]


def test_a_full_queue_refuses_but_never_an_idle_model() -> None:
    model = Model()
    answers = run(model, lambda batcher: _held(model, batcher, [[2] * 3, [3] * 3, [4]]), max_queue_rows=4)
    assert [type(each) for each in answers] == [Answers, Overloaded, Answers]
    assert run(Model(), lambda batcher: batcher.submit({"x": [1] * 50}, 50), max_queue_rows=4).predictions[0] == 2


def test_callers_who_left_are_not_predicted_for() -> None:
    model = Model()

    async def story(batcher: Batcher) -> None:
        model.go.clear()
        first = asyncio.ensure_future(batcher.submit({"x": [1]}, 1))
        await asyncio.sleep(0)
        gone = asyncio.ensure_future(batcher.submit({"x": [2]}, 1))
        last = asyncio.ensure_future(batcher.submit({"x": [3]}, 1))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0)
        model.go.set()
        await asyncio.gather(first, last)

    run(model, story)
    assert model.calls == [[1], [3]]


def test_distinct_rows_of_many_clients_over_http(service: Callable[[str], Running]) -> None:
    houses = service("houses")
    random.seed(4)

    def client(number: int) -> list[tuple[list[float], list[float]]]:
        found = []
        with httpx.Client(base_url=houses.http.base_url, timeout=20) as http:
            for turn in range(12):
                areas = [float(number + turn / 100 + i / 10_000) for i in range(random.choice([1, 1, 1, 7, 30]))]
                rows = [{"area": area, "rooms": 1.0, "age": 0.0} for area in areas]
                found.append((areas, http.post("/predict", json=rows).json()["predictions"]))
        return found

    with ThreadPoolExecutor(16) as pool:
        for areas, predictions in (each for found in pool.map(client, range(1, 17)) for each in found):
            assert predictions == pytest.approx([2 * area + 5 for area in areas], rel=1e-9)
    calls, rows = houses.metric("nbforge_batch_rows_count"), houses.metric("nbforge_batch_rows_sum")
    assert rows / calls > 1


def test_overload_is_answered_at_once_with_retry_after(tmp_path: Path, serve: Serve) -> None:
    slow = "import time\n\n\ndef predict(x: float):\n    time.sleep(0.3)\n    return x\n"
    running = serve(bundles.of_a_number(tmp_path / "slow", slow), max_rows=1, max_queue_rows=2)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda x: running.predict({"x": x}), range(8)))
    codes = sorted(each.status_code for each in answers)
    assert codes[:2] == [200, 200]
    assert set(codes) == {200, 503}
    refused = [each for each in answers if each.status_code == 503]
    assert {each.headers["retry-after"] for each in refused} == {"1"}
    assert min(each.elapsed for each in refused) < min(each.elapsed for each in answers if each.status_code == 200)
    assert running.metric('nbforge_rejected_total{reason="overload"}') == codes.count(503)
