"""A compiled model in the place of the estimator that it was compiled from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbforge.runtime import formats

from .attempts import Compiled, compiled_entry


def replace_model(content: dict[str, Any], compiled: Compiled, directory: Path) -> None:
    """What was captured for the estimator gives way to one artifact.

    Args:
        content: that of ``capture.json``, changed in place.
        compiled: the model.
        directory: where artifacts are saved.
    """
    name = content["entry"]["name"]
    place = _place(content, name)
    record = formats.save(compiled.model, directory, name)
    figures = compiled.figures
    content.update(
        entry=compiled_entry(content["entry"]),
        pieces=[{"kind": "artifact", "name": name, "source": "", **place}],
        artifacts=[{**record, **place}],
        modules=[],
        compiled=dict(figures),
    )
    content["warnings"].append(
        f"Compiled to ONNX: all {figures['rows']} rows of training have the same labels, and numbers "
        f"within {figures['tolerance']:g}."
    )


def _place(content: dict[str, Any], name: str) -> dict[str, Any]:
    """The notebook and cell that bind the estimator."""
    known = [*content["artifacts"], *content["pieces"]]
    found: dict[str, Any] = next((each for each in known if each.get("name") == name), {})
    return {key: found.get(key) for key in ("notebook", "cell")}
