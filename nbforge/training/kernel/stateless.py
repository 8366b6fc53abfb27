"""Pipelines that end with a transformer which learns nothing: scikit-learn cannot tell that they were fitted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .unfitted import is_unfitted

MARK = "fitted_"
"""An attribute by whose end scikit-learn knows a fitted object."""


def mark(copy: Any) -> None:
    """Let a copy of what was fitted count as fitted, also where its last step is the user's own and learned nothing.

    ``fit_transform`` does not ask; ``transform``, which stands for it in scoring, would refuse.
    """
    for pipeline in _pipelines(copy):
        last = pipeline.steps[-1][1]
        if is_unfitted(last) and not hasattr(last, "steps"):
            setattr(last, MARK, True)


def _pipelines(value: Any) -> Iterator[Any]:
    """The pipelines in it, the inner ones first."""
    for attribute in ("steps", "transformer_list", "transformers_"):
        parts = getattr(value, attribute, None)
        for part in parts if isinstance(parts, list) else []:
            yield from _pipelines(part[1])
    if isinstance(getattr(value, "steps", None), list):
        yield value
