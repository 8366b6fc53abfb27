"""Arrow IPC to columns, for bundles that accept it.

The reader trusts what it reads, so everything is validated, and what could grow is refused first: compressed buffers,
which say themselves how large they become, and types whose values may share bytes (views, runs).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Collection
from typing import Any

import numpy as np

from nbforge.runtime import instants
from nbforge.runtime.bodies.limits import Limits
from nbforge.runtime.bodies.rows import Table
from nbforge.runtime.checks import ABSENT
from nbforge.runtime.contract import Contract
from nbforge.runtime.errors import ContractError
from nbforge.runtime.problems import Problem, Refusal, media_refusal, point, syntax_refusal

NAME = "arrow"
STREAM, FILE = "application/vnd.apache.arrow.stream", "application/vnd.apache.arrow.file"

_MAGIC = b"ARROW1\0\0"
_MOST_MESSAGES = 10_000
_HEADER, _DATA, _COMPRESSION = 2, 1, 3
"""Places in the flatbuffers of the format: a message's header, a dictionary's batch, a batch's compression."""


class ArrowReader:
    """Reads Arrow for one contract.

    Raises:
        ContractError: there is no pyarrow.
    """

    def __init__(self, contract: Contract, limits: Limits) -> None:
        try:
            import pyarrow as pa
            import pyarrow.ipc
        except ImportError as error:
            raise ContractError(
                "The bundle accepts Arrow, and pyarrow is not installed.", "Install requirements.lock of the bundle."
            ) from error
        self._pa = pa
        self._limits = limits
        self._asked = frozenset(each.name for each in contract.asked)

    def table(self, body: bytes) -> Table:
        """The columns of an IPC stream, or of an IPC file, which is a stream between two marks.

        Raises:
            Refusal: 400 for what is no Arrow, 413 for too many rows, 415 for compressed buffers.
        """
        stream = memoryview(body)[len(_MAGIC) :] if body.startswith(_MAGIC) else memoryview(body)
        try:
            self._look(stream)
            return self._read(stream)
        except (self._pa.ArrowException, OSError, ValueError, struct.error, IndexError, OverflowError) as error:
            raise syntax_refusal("The body is no Arrow IPC stream or file.") from error

    def _look(self, stream: memoryview) -> None:
        messages = self._pa.ipc.MessageReader.open_stream(self._pa.py_buffer(stream))
        for number, message in enumerate(messages):
            if number > _MOST_MESSAGES:
                raise Refusal(413, f"Send at most {_MOST_MESSAGES} batches.", reason="rows")
            if message.type in ("record batch", "dictionary") and _is_compressed(
                message.metadata.to_pybytes(), dictionary=message.type == "dictionary"
            ):
                raise media_refusal("Send Arrow without compression of its buffers.", (STREAM, FILE))

    def _read(self, stream: memoryview) -> Table:
        batches: list[Any] = []
        n = 0
        with self._pa.ipc.open_stream(self._pa.py_buffer(stream)) as reader:
            names = reader.schema.names
            if len(set(names)) != len(names):
                raise syntax_refusal("A column is named twice.")
            for batch in reader:
                n += batch.num_rows
                self._limits.check_rows(n)
                batch.validate(full=True)
                batches.append(batch)
        problems: list[Problem] = []
        columns = {
            name: self._column([batch.column(at) for batch in batches], name, problems) if name in self._asked else []
            for at, name in enumerate(names)
        }
        return Table(columns, n, problems=tuple(problems))

    def _column(self, chunks: list[Any], name: str, problems: list[Problem]) -> list[Any]:
        values: list[Any] = []
        for chunk in chunks:
            read = _reader(self._pa.types, chunk.type)
            if read is None:
                detail = "Send numbers, booleans, text, dates, times, durations, or lists of numbers."
                problems.append(Problem(point(name), "type", detail, name))
                return [ABSENT] * sum(map(len, chunks))
            values += read(chunk)
        return values


def _reader(types: Any, kind: Any) -> Callable[[Any], list[Any]] | None:
    """What makes JSON values of an array of this type; ``None`` for a type that stands for no field."""
    if types.is_dictionary(kind):
        inner = _reader(types, kind.value_type)
        return None if inner is None or types.is_dictionary(kind.value_type) else _of_dictionary(inner)
    plain: Collection[Callable[[Any], bool]] = (types.is_integer, types.is_floating, types.is_boolean)
    if any(is_kind(kind) for is_kind in plain):
        return _numbers
    if types.is_string(kind) or types.is_large_string(kind) or types.is_null(kind):
        return lambda array: array.to_pylist()
    if types.is_timestamp(kind):
        zone = "" if kind.tz is None else "Z"
        return _each(instants.instant_text, zone)
    if types.is_date(kind):
        return _each(lambda value: None if np.isnat(value) else str(value.astype("datetime64[D]")))
    if types.is_duration(kind):
        return _each(instants.duration_text)
    lists = types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)
    if lists and (types.is_integer(kind.value_type) or types.is_floating(kind.value_type)):
        return lambda array: array.to_pylist()
    return None


def _numbers(array: Any) -> list[Any]:
    values: list[Any] = array.to_pylist() if array.null_count else array.to_numpy(zero_copy_only=False).tolist()
    return values


def _each(text: Callable[[Any], str | None], suffix: str = "") -> Callable[[Any], list[Any]]:
    def read(array: Any) -> list[Any]:
        found = map(text, array.to_numpy(zero_copy_only=False))
        return [None if each is None else each + suffix for each in found]

    return read


def _of_dictionary(inner: Callable[[Any], list[Any]]) -> Callable[[Any], list[Any]]:
    """Each row refers to a value; decoding them would write a long text out as often as it is meant."""

    def read(array: Any) -> list[Any]:
        values = inner(array.dictionary)
        return [None if at is None else values[at] for at in array.indices.to_pylist()]

    return read


def _is_compressed(message: bytes, *, dictionary: bool) -> bool:
    table = _follow(message, _field(message, _follow(message, 0), _HEADER))
    if dictionary:
        table = _follow(message, _field(message, table, _DATA))
    return _field(message, table, _COMPRESSION) != 0


def _field(buffer: bytes, table: int, index: int) -> int:
    """Where a table of a flatbuffer has a field; 0 where it has not."""
    shape = table - struct.unpack_from("<i", buffer, table)[0]
    place = 4 + 2 * index
    if place >= struct.unpack_from("<H", buffer, shape)[0]:
        return 0
    offset = int(struct.unpack_from("<H", buffer, shape + place)[0])
    return table + offset if offset else 0


def _follow(buffer: bytes, place: int) -> int:
    return place + int(struct.unpack_from("<I", buffer, place)[0])
