"""Estimators of scikit-learn answer in one thread: their threads add up what trees say in whatever order they end.

``n_jobs`` says how fast a model answers, not what; but the last bits of a forest's mean differ from call to call, and a
service that answers many requests at once has nothing to gain from more threads for each.
"""

from __future__ import annotations

from typing import Any

_COMMON = frozenset({"base", "utils"})
"""Where scikit-learn keeps what estimators of other libraries derive from, too."""


def one_thread(item: Any) -> None:
    """Let ``item``, where it is an estimator of scikit-learn or derived from one, answer in one thread."""
    if getattr(item, "__dict__", {}).get("n_jobs") is not None and any(map(_own, type(item).__mro__)):
        item.n_jobs = None


def _own(cls: type) -> bool:
    package, _, rest = cls.__module__.partition(".")
    return package == "sklearn" and rest.partition(".")[0] not in _COMMON
