"""Thread pools of the size that a process may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nbforge.runtime import cpus

MINE = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, MINE),
        ({"cpu.max": "max 100000"}, MINE),
        ({"cpu.max": "50000 100000"}, 1),
        ({"cpu.max": "100000 100000"}, 1),
        ({"cpu.max": f"{(MINE + 4) * 100000} 100000"}, MINE),
        ({"cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "100000"}, 1),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, MINE),
    ],
)
def test_quotas_of_control_groups_count(files: dict[str, str], expected: int, tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert cpus.allowed(tmp_path) == expected


def test_workers_share_and_who_has_set_a_size_is_heeded() -> None:
    environment = {"OMP_NUM_THREADS": "7"}
    cpus.size_pools(environment, 64)
    assert environment == {**dict.fromkeys(cpus.POOLS, "1"), "OMP_NUM_THREADS": "7"}


@pytest.mark.parametrize(("text", "expected"), [("", 1), ("3", 3), ("many", 1), ("65", 1)])
def test_workers_as_the_settings_have_them(text: str, expected: int) -> None:
    assert cpus.workers({"NBFORGE_WORKERS": text}) == expected
