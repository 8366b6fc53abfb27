"""What decides the last bits of floating-point results: the processor's features and the linear algebra library."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from typing import Any


def facts() -> dict[str, Any]:
    """``{"python", "cpu": {"machine", "features", "threads"}, "blas": [{"library", "name", "version"}]}``, here.

    ``features`` are those that numpy's kernels choose their code by; ``threads`` is how many a BLAS would split its
    sums over.
    """
    return {"python": platform.python_version(), "cpu": _cpu(), "blas": _blas()}


def alike(recorded: Mapping[str, Any], here: Mapping[str, Any]) -> bool:
    """Whether results here have to be equal to the recorded ones in every bit.

    A library that is absent here is not used here, so only those that are present have to be the recorded ones.
    """
    known = recorded.get("blas") or []
    return bool(recorded.get("cpu")) and recorded["cpu"] == here["cpu"] and all(each in known for each in here["blas"])


def _cpu() -> dict[str, Any]:
    return {"machine": platform.machine(), "features": _features(), "threads": _threads()}


def _features() -> list[str]:
    try:
        import numpy as np
    except ImportError:
        return []
    core = getattr(np, "_core", None) or np.core
    found: Mapping[str, bool] = getattr(getattr(core, "_multiarray_umath", None), "__cpu_features__", {})
    return sorted(name for name, present in found.items() if present)


def _threads() -> int:
    given = os.environ.get("OMP_NUM_THREADS", "")
    if given.isdigit():
        return int(given)
    affinity = getattr(os, "sched_getaffinity", None)  # Linux
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _blas() -> list[dict[str, str]]:
    found = []
    for library in ("numpy", "scipy"):
        try:
            config = __import__(f"{library}.__config__", fromlist=["show"]).show(mode="dicts")
        except (ImportError, AttributeError, TypeError):
            continue
        blas = config.get("Build Dependencies", {}).get("blas", {})
        found.append({"library": library, "name": str(blas.get("name")), "version": str(blas.get("version"))})
    return found
