"""Models compiled to ONNX (:mod:`nbforge.runtime.compiled`); a build makes them where it was asked to compile."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

PRIORITY = 30
SUFFIX = ".onnx"
UNSAFE = False


def can_save(value: Any) -> bool:
    """Whether it is meant for this value."""
    return type(value).__module__ == "nbforge.runtime.compiled"


def save(value: Any, path: Path) -> dict[str, Any]:
    """Write the file."""
    path.write_bytes(value.content)
    return {"probabilities": hasattr(value, "predict_proba")}


def load(path: Path, record: Mapping[str, Any]) -> Any:
    """Read it back."""
    from nbforge.runtime import compiled

    kind = compiled.CompiledClassifier if record["probabilities"] else compiled.CompiledModel
    return kind(path.read_bytes())
