"""Zip files of which the same members always make the same bytes."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

_EPOCH = (1980, 1, 1, 0, 0, 0)
_WORTHWHILE = 0.9


def write(path: Path, members: Mapping[str, bytes]) -> None:
    """Writes members in their order, with one fixed time; compressed only where that makes them a tenth smaller."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system = 3
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED if _compressible(data) else zipfile.ZIP_STORED
            archive.writestr(info, data, compresslevel=6)


def read(path: Path) -> dict[str, bytes]:
    """All members by name."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def array_bytes(array: np.ndarray) -> bytes:
    """An array without objects as ``.npy`` bytes; padding between the fields of a record is zeroed."""
    import io

    stream = io.BytesIO()
    np.lib.format.write_array(stream, _without_padding(array), allow_pickle=False)
    return stream.getvalue()


def array_of(data: bytes) -> np.ndarray:
    """The array of ``.npy`` bytes; never runs code."""
    import io

    array: np.ndarray = np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
    return array


def _without_padding(array: np.ndarray) -> np.ndarray:
    names = array.dtype.names
    if names is None:
        return array
    clean = np.zeros(array.shape, dtype=array.dtype, order="F" if array.flags.fnc else "C")
    for name in names:
        clean[name] = array[name]
    return clean


def _compressible(data: bytes) -> bool:
    """Judged by a sample of up to 256 KiB from the middle, so that large arrays of noise cost little."""
    if len(data) < 256:
        return False
    start = max(0, len(data) // 2 - 131_072)
    sample = data[start : start + 262_144]
    return len(zlib.compress(sample, 1)) < _WORTHWHILE * len(sample)
