"""The thing that predicts, ready to be called: the entry of ``capture.json`` with live objects behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nbforge.runtime import scorer

from .features import Features

ESTIMATOR: Mapping[str, Any] = {"form": "estimator", "passes": "frame", "features": None, "columns": None}
"""The entry of an estimator, but for its name."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What scoring will run.

    ``entry`` as in capture.json; ``scope``: what the names mean here; ``given``: names that scoring.py gets beyond the
    notebook's own; ``features``: definitions that nbforge writes; ``rewritten``: the notebook's functions whose state
    became fitted state.
    """

    entry: Mapping[str, Any]
    scope: Mapping[str, Any]
    given: Mapping[str, Any] = field(default_factory=dict)
    features: Features | None = None
    rewritten: Mapping[str, str] = field(default_factory=dict)

    def path(self) -> scorer.Path:
        """The way to predict that the service will take, over this kernel's values."""
        return scorer.Path(self.entry, self.scope)
