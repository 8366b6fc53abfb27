"""Open Inference Protocol, version 2: the binary tensor data extension.

A body is a JSON header, as long as the HTTP header ``Inference-Header-Content-Length`` says, and after it the tensors'
data one after the other: numbers in little-endian order, row by row; a text as its length in four bytes, then its
UTF-8.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np

from nbforge.runtime.problems import Refusal, syntax_refusal

HEADER = "inference-header-content-length"
CONTENT_TYPE = "application/octet-stream"
SIZE = "binary_data_size"

DATATYPES: dict[str, str] = {
    "BOOL": "|b1",
    **{f"INT{bits}": f"<i{bits // 8}" for bits in (8, 16, 32, 64)},
    **{f"UINT{bits}": f"<u{bits // 8}" for bits in (8, 16, 32, 64)},
    **{f"FP{bits}": f"<f{bits // 8}" for bits in (16, 32, 64)},
    "BF16": "<u2",
}
"""numpy's name of each datatype of fixed size; ``BYTES`` is the other one. Of ``BF16`` numpy knows only the bits."""

_LENGTH = struct.Struct("<I")


def split(body: bytes, length: str) -> tuple[bytes, memoryview]:
    """The JSON and the data of a body; without the header all of it is JSON.

    Raises:
        Refusal: 400, the header is no length that the body has.
    """
    if not length:
        return body, memoryview(b"")
    if not (length.isascii() and length.isdigit() and len(length) < 20 and 0 < int(length) <= len(body)):
        raise Refusal(400, "The header Inference-Header-Content-Length is not the length of the body's JSON.")
    return body[: int(length)], memoryview(body)[int(length) :]


def read(raw: memoryview, datatype: str, count: int, pointer: str) -> list[Any]:
    """The ``count`` elements of a tensor. A float that is not a number is null: tensors have no other.

    Raises:
        Refusal: 400, where the data are not as many, or no such elements.
    """
    if datatype == "BYTES":
        return _texts(raw, count, pointer)
    dtype = np.dtype(DATATYPES[datatype])
    if len(raw) != count * dtype.itemsize:
        raise syntax_refusal("The tensor's binary data do not fill its shape.", pointer)
    if datatype == "BOOL":
        return [byte != 0 for byte in raw]
    found = np.frombuffer(raw, dtype)
    if datatype == "BF16":  # the upper half of a 32-bit float
        found = (found.astype("<u4") << 16).view("<f4")
    values: list[Any] = found.tolist()
    return [None if value != value else value for value in values] if found.dtype.kind == "f" else values  # noqa: PLR0124


def write(values: Sequence[Any], datatype: str) -> bytes:
    """A tensor's data."""
    if datatype != "BYTES":
        return np.array(values, DATATYPES[datatype]).tobytes()
    texts = [value.encode("utf-8", "replace") for value in values]
    return b"".join(part for text in texts for part in (_LENGTH.pack(len(text)), text))


def fits(raw: memoryview, size: Any) -> bool:
    """Whether ``size`` is a number of bytes that are there."""
    return type(size) is int and 0 <= size <= len(raw)


def _texts(raw: memoryview, count: int, pointer: str) -> list[str]:
    found: list[str] = []
    at = 0
    try:
        for _ in range(min(count, math.ceil(len(raw) / _LENGTH.size))):
            (length,) = _LENGTH.unpack_from(raw, at)
            at += _LENGTH.size + length
            if at > len(raw):
                break
            found.append(str(raw[at - length : at], "utf-8"))
    except (struct.error, UnicodeDecodeError):
        raise syntax_refusal("A text of the tensor is cut short, or not UTF-8.", pointer) from None
    if at != len(raw) or len(found) != count:
        raise syntax_refusal("The tensor's binary data do not fill its shape.", pointer)
    return found
