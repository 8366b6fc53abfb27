"""Keras models of Keras' own layers: Keras' file of weights, with the configuration of the model in it.

A ``.keras`` file is not used: it holds the time, addresses of objects and the optimizer's state, and Keras unpacks it
into a folder that a container may not have. A model whose layers keep files of their own, or which Keras loads only by
running code of the file (a ``Lambda`` layer, a layer of the notebook), is not for this format.
"""

from __future__ import annotations

import functools
import inspect
import json
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

PRIORITY = 40
SUFFIX = ".weights.h5"
UNSAFE = False

_CONFIG = "config"
_IDENTITY = "shared_object_id"


def can_save(value: Any) -> bool:
    """Whether it is meant for this value."""
    return any(
        kind.__name__ == "Model" and kind.__module__.startswith("keras.src.models") for kind in type(value).__mro__
    )


def save(value: Any, path: Path) -> dict[str, Any]:
    """Write the file."""
    import h5py
    import keras

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a lambda that the model was compiled with
        config = keras.saving.serialize_keras_object(value)
    config.pop("compile_config", None)
    text = json.dumps(_numbered(config, {}))
    with tempfile.TemporaryDirectory() as directory:
        _refuse_assets(value, Path(directory) / "whole.keras")
        plain = _model(text)
        plain.set_weights(value.get_weights())
        weights = Path(directory) / f"plain{SUFFIX}"
        plain.save_weights(weights)
        with h5py.File(weights, "a") as file:
            file[_CONFIG] = text
        shutil.move(weights, path)
    return {"backend": keras.config.backend()}


def load(path: Path, record: Mapping[str, Any]) -> Any:
    """Read it back on the backend that it was trained with, not compiled and without progress bars."""
    os.environ.setdefault("KERAS_BACKEND", record["backend"])
    import h5py

    with h5py.File(path) as file:
        model = _model(file[_CONFIG][()].decode())
    model.load_weights(path)
    model.predict = _silent(model.predict)
    return model


def _model(config: str) -> Any:
    """The model of a configuration; Keras refuses what would run code that the file brings."""
    import keras

    return keras.saving.deserialize_keras_object(json.loads(config), safe_mode=True)


def _refuse_assets(value: Any, whole: Path) -> None:
    import zipfile

    value.save(whole)
    with zipfile.ZipFile(whole) as archive:
        if any(name.startswith("assets/") for name in archive.namelist()):
            raise ValueError("its layers keep files of their own")


def _silent(predict: Callable[..., Any]) -> Callable[..., Any]:
    """``predict(x, batch_size, verbose, ...)`` that writes no progress into the log of a service."""

    @functools.wraps(predict)
    def silent(*given: Any, **named: Any) -> Any:
        bound = inspect.signature(predict).bind(*given, **named)
        bound.arguments["verbose"] = 0
        return predict(*bound.args, **bound.kwargs)

    return silent


def _numbered(config: Any, numbers: dict[int, int]) -> Any:
    """The configuration, the addresses of shared objects replaced by the order in which they appear."""
    if isinstance(config, (list, tuple)):
        return [_numbered(each, numbers) for each in config]
    if not isinstance(config, dict):
        return config
    return {
        key: numbers.setdefault(each, len(numbers)) if key == _IDENTITY else _numbered(each, numbers)
        for key, each in config.items()
    }
