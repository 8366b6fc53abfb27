"""Instants in cells of objects: what training knew of zones is what the model gets."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from nbforge.runtime import columns
from nbforge.training.kernel.facts import facts

HERE = dt.timezone(dt.timedelta(hours=2))
NAIVE = dt.datetime(2024, 6, 1, 12)  # noqa: DTZ001 - one without a zone is meant
AWARE = NAIVE.replace(tzinfo=HERE)


@pytest.mark.parametrize("cell", [NAIVE, AWARE, pd.Timestamp(NAIVE), pd.Timestamp(AWARE)], ids=repr)
def test_cells_come_back_and_others_become_like_them(cell: Any) -> None:
    found = facts("when", "when", pd.Series([cell, None], dtype=object))
    decode = columns.decoder(found.field)
    back = decode(found.values)
    assert (back[0], back[0].tzinfo is None) == (cell, cell.tzinfo is None)
    naive, aware = decode(["2024-06-01T12:00:00", "2024-06-01T12:00:00+02:00"])
    if cell.tzinfo is None:
        assert (naive, aware) == (NAIVE, NAIVE - dt.timedelta(hours=2))
    else:
        assert (naive, aware) == (NAIVE.replace(tzinfo=dt.UTC), AWARE)
