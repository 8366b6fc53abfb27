"""How many CPUs this process may use, and thread pools of that size. Imports nothing that starts a pool."""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path

from nbforge.runtime import settings

POOLS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
_CGROUP = Path("/sys/fs/cgroup")


def allowed(cgroup: Path = _CGROUP) -> int:
    """The CPUs of the process's affinity, fewer where its control group has a smaller quota; at least 1."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _quota(cgroup)
    return max(1, min(affinity, int(quota) if quota is not None else affinity))


def size_pools(environment: MutableMapping[str, str], workers: int) -> None:
    """Tell BLAS and OpenMP, before they are loaded, to use a worker's share; who has set a size is heeded.

    They size themselves by the host's CPUs, and more threads than CPUs wait for each other.
    """
    share = str(max(1, allowed() // max(1, workers)))
    for name in POOLS:
        environment.setdefault(name, share)


def workers(environment: Mapping[str, str]) -> int:
    """The workers that the settings ask for; what is wrong with settings is told where the service reads them."""
    try:
        return settings.read(environment).workers
    except settings.SettingsError:
        return 1


def _quota(cgroup: Path) -> float | None:
    """CPUs by the quota of control groups, version 2 (``cpu.max``) or 1."""
    try:
        quota, period = (cgroup / "cpu.max").read_text().split()
    except (OSError, ValueError):
        try:
            quota = (cgroup / "cpu" / "cpu.cfs_quota_us").read_text().strip()
            period = (cgroup / "cpu" / "cpu.cfs_period_us").read_text().strip()
        except OSError:
            return None
    try:
        found = int(quota) / int(period)
    except (ValueError, ZeroDivisionError):
        return None
    return found if found > 0 else None
