"""Scoring a CSV file: through the bundle's own service, so that rows are checked and answered exactly as over HTTP."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final, TextIO

from nbforge.bundle import manifest, process, verify
from nbforge.bundle.client import Answer, Client, UnreachableError
from nbforge.errors import ProofError, UsageError
from nbforge.values import Bundle, Json

CHUNK_ROWS: Final = 5_000
"""Rows of one request; a file of any size needs no more memory than this."""

_SHOWN: Final = 10
"""Problems of a file that are shown; one wrong column makes one in every row."""

_EVERYTHING: Final = 1 << 36
_ENCODING: Final = "utf-8-sig"  # spreadsheets write a byte order mark


def score(directory: Path, rows: Path, output: Path) -> int:
    """Write ``prediction`` and, for a classifier, ``probability_<class>`` for each row of a CSV file, in its order.

    The output appears whole or not at all. Where answers depend on the other rows, all rows are one request.

    Args:
        directory: the bundle; its digests are checked first.
        rows: CSV with a header of field names.
        output: the CSV file to write.

    Returns:
        How many rows were scored.

    Raises:
        UsageError: the file cannot be read, or a row breaks the contract; the message says line, row and column.
        ProofError: a digest does not match, or the model raised.
    """
    bundle = manifest.load(directory)
    manifest.check_digests(bundle)
    rowwise = bool(bundle.manifest["rowwise"])
    limits = {
        "NBFORGE_MAX_BODY_BYTES": str(_EVERYTHING),
        "NBFORGE_MAX_ROWS": str(CHUNK_ROWS if rowwise else _EVERYTHING),
    }
    with (
        _reading(rows) as (header, records),
        _replacing(output) as written,
        process.running(bundle, verify.environment_of(bundle), limits) as service,
        Client(service.url) as client,
    ):
        classes = _classes(bundle)
        writer = csv.writer(written, lineterminator="\n")
        writer.writerow(["prediction", *(f"probability_{name}" for name in classes)])
        done = 0
        while chunk := list(islice(records, CHUNK_ROWS if rowwise else None)):
            answer = _ask(client, header, chunk)
            if answer.status != 200:
                raise _refusal(answer, rows.name, header, [line for line, _ in chunk], done)
            writer.writerows(_lines(answer.json(), classes))
            done += len(chunk)
    return done


@contextmanager
def _reading(path: Path) -> Iterator[tuple[list[str], Iterator[tuple[int, list[str]]]]]:
    """The header, and each row with the line it ends on."""
    try:
        stream = path.open(encoding=_ENCODING, newline="")
    except OSError as error:
        raise UsageError(
            f"`{path}` cannot be read: {error.strerror}.",
            remedy="Give a CSV file with a header.",
            code="no-rows",
            name=str(path),
        ) from error
    with stream:
        reader = csv.reader(stream)
        try:
            header = next(reader, None)
        except (csv.Error, UnicodeDecodeError) as error:
            raise _unreadable(path, reader.line_num, error) from error
        if not header:
            raise UsageError(
                f"`{path}` has no header.",
                remedy="The first line must name the fields.",
                code="no-header",
                name=str(path),
            )
        yield header, _records(path, reader, len(header))


def _records(path: Path, reader: Any, width: int) -> Iterator[tuple[int, list[str]]]:
    try:
        for record in reader:
            if not record:
                continue  # a blank line, such as the last one of many editors
            if len(record) != width:
                raise UsageError(
                    f"{path.name}, line {reader.line_num}: {len(record)} values under a header of {width}.",
                    remedy="Quote values that hold commas.",
                    code="bad-row",
                    name=path.name,
                )
            yield reader.line_num, record
    except (csv.Error, UnicodeDecodeError) as error:
        raise _unreadable(path, reader.line_num, error) from error


def _unreadable(path: Path, line: int, error: Exception) -> UsageError:
    return UsageError(
        f"{path.name}, line {line}: not CSV in UTF-8: {error}.",
        remedy="Save it as CSV, UTF-8.",
        code="bad-csv",
        name=path.name,
    )


@contextmanager
def _replacing(output: Path) -> Iterator[TextIO]:
    """A text stream whose file takes the output's place once everything has been written."""
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{output.name}.", dir=output.parent)
    except OSError as error:
        raise UsageError(
            f"`{output}` cannot be written: {error.strerror}.", remedy="Choose another file with -o.", code="no-output"
        ) from error
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
            yield stream
        umask = os.umask(0)
        os.umask(umask)
        Path(name).chmod(0o666 & ~umask)
        Path(name).replace(output)
    finally:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()


def _ask(client: Client, header: Sequence[str], chunk: Iterable[tuple[int, list[str]]]) -> Answer:
    body = io.StringIO()
    writer = csv.writer(body, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerow(header)
    writer.writerows(record for _, record in chunk)
    try:
        return client.post("/predict", body.getvalue().encode(), "text/csv")
    except UnreachableError as error:
        raise ProofError("the service ended while it was scoring.", code="service-died", detail=str(error)) from error


def _classes(bundle: Bundle) -> list[str]:
    """The classes that have probabilities, in the order in which the proof's answers have them."""
    recorded = verify.load_proof(bundle).together.probabilities
    return list(recorded[0]) if recorded else []


def _lines(answer: Mapping[str, Json], classes: Sequence[str]) -> Iterator[list[str]]:
    probabilities = answer.get("probabilities") or [{}] * len(answer["predictions"])
    for prediction, row in zip(answer["predictions"], probabilities, strict=True):
        yield [_cell(prediction), *(_cell(row.get(name)) for name in classes)]


def _cell(value: Json) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _refusal(answer: Answer, file: str, header: Sequence[str], lines: Sequence[int], done: int) -> Exception:
    """The service's problem in terms of the file: pointers into the chunk become lines and columns."""
    problem = answer.json()
    if answer.status >= 500:
        return ProofError(
            f"{file}: the model failed on rows {done + 1} to {done + len(lines)}: {problem.get('detail', '')}",
            remedy="Score fewer rows to find the one that the model cannot take.",
            code="model-error",
        )
    found = [_located(error, file, header, lines, done) for error in problem.get("errors", ())]
    first = found[0] if found else f"{file}: {problem.get('detail', '')}"
    more = f" ({len(found) - 1} more)" if len(found) > 1 else ""
    return UsageError(
        first + more,
        remedy="Correct the file; nothing was written.",
        code="invalid-rows",
        name=file,
        detail="\n".join(found[1:_SHOWN]),
    )


def _located(error: Mapping[str, Json], file: str, header: Sequence[str], lines: Sequence[int], done: int) -> str:
    parts = [part.replace("~1", "/").replace("~0", "~") for part in error.get("pointer", "").split("/")[1:]]
    numbers = [int(part) for part in parts if part.isdigit()]
    column = next((part for part in reversed(parts) if part in header), None)
    where = [file]
    if numbers and numbers[0] < len(lines):
        where += [f"line {lines[numbers[0]]}", f"row {done + numbers[0] + 1}"]
    if column is not None:
        where.append(f"column `{column}`")
    return f"{', '.join(where)}: {error.get('detail', error.get('code', ''))}"
