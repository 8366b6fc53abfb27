"""Asking a running service for the proof's rows, and comparing with what the training kernel answered."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

from nbforge.bundle.client import Answer, Client, UnreachableError
from nbforge.errors import ProofError
from nbforge.runtime import answers, equality
from nbforge.runtime.answers import Answers
from nbforge.values import Json


@dataclass(frozen=True, slots=True)
class Proof:
    """``evidence/proof.json``: ``rows`` are records, ``apart`` holds one row's answer each."""

    rows: tuple[Json, ...]
    together: Answers
    apart: tuple[Answers, ...]
    coverage: Json
    environment: Json
    plain: Answers | None = None
    plain_rows: tuple[int, ...] = ()

    @classmethod
    def from_json(cls, value: Any) -> Proof:
        """As docs/architecture.md prints it."""
        return cls(
            rows=tuple(value["rows"]),
            together=Answers.from_json(value["together"]),
            apart=tuple(Answers.from_json(each) for each in value["apart"]),
            coverage=value.get("coverage"),
            environment=value.get("environment"),
            plain=Answers.from_json(value["plain"]) if value.get("plain") else None,
            plain_rows=tuple(value.get("plain_rows") or ()),
        )


def replay(
    proof: Proof, url: str, exact: bool, rowwise: bool, hints: Sequence[str] = (), r: float | None = None
) -> dict[str, Json]:
    """Ask together, twice, and one by one; every answer must be the kernel's.

    Args:
        proof: what was recorded.
        url: where the service answers.
        exact: bit for bit against the kernel; otherwise within the design's tolerance.
        rowwise: whether rows apart must be what they are together.
        hints: sentences of the capture about statements that may depend on other rows.
        r: relative tolerance, where it is not that of the answers themselves.

    Returns:
        The figures for the verification report.

    Raises:
        ProofError: names the first row and value that differ, and how many there are.
    """
    begun = time.monotonic()
    r = r or equality.tolerance(proof.together)
    with Client(url) as client:
        together = _ask(client, proof.rows)
        _compare(proof.together, together, "the rows together", exact, r, hints)
        _compare(together, _ask(client, proof.rows), "the rows together for a second time", True, r, hints)
        apart = [_ask(client, (row,)) for row in proof.rows[: len(proof.apart)]]
    joined = answers.join(apart)
    _compare(answers.join(proof.apart), joined, "the rows one by one", exact, r, hints)
    if rowwise and apart:
        _compare(together.rows(0, len(apart)), joined, "the rows one by one instead of together", False, r, hints)
    if proof.plain is not None:
        _compare_plain(proof.plain, proof.plain_rows or range(len(proof.rows)), together, r, hints)
    return {
        "rows": len(proof.rows),
        "apart": len(apart),
        "equal": "bits" if exact else "tolerance",
        "tolerance": r,
        "seconds": round(time.monotonic() - begun, 3),
    }


def _compare_plain(plain: Answers, rows: Sequence[int], together: Answers, r: float, hints: Sequence[str]) -> None:
    """What the predict cell itself had for these rows: predicted among all of them, so within the tolerance."""
    picked = Answers(tuple(together.predictions[row] for row in rows))
    _compare(Answers(plain.predictions), picked, "the predict cell's own value", False, r, hints)


def _ask(client: Client, rows: Sequence[Json]) -> Answers:
    body = json.dumps({"records": list(rows)}).encode()
    try:
        answer = client.post("/predict", body, "application/json")
    except UnreachableError as error:
        raise ProofError(
            "the service ended while it was being asked.",
            remedy="See its log above.",
            code="service-died",
            detail=str(error),
        ) from error
    if answer.status != 200:
        raise _refused(answer, len(rows))
    value = answer.json()
    return Answers.from_json({"predictions": value["predictions"], "probabilities": value.get("probabilities")})


def _refused(answer: Answer, rows: int) -> ProofError:
    try:
        problem = answer.json()
        first = (problem.get("errors") or [{}])[0]
        told = first.get("detail") or problem.get("detail") or problem.get("title") or ""
        where = first.get("pointer", "")
    except (ValueError, AttributeError, TypeError):
        told, where = answer.body[:200].decode("utf-8", "replace"), ""
    at = f" at {where}" if where else ""
    return ProofError(
        f"the service refuses training rows ({rows} asked, status {answer.status}){at}: {told}",
        remedy="The notebook predicts these rows: look for state of the session in its predict and features cells.",
        code="refused",
        name=where.rsplit("/", 1)[-1] or None,
        detail=answer.body[:4000].decode("utf-8", "replace"),
    )


def _compare(expected: Answers, got: Answers, what: str, exact: bool, r: float, hints: Sequence[str]) -> None:
    differences = equality.same(_as_sent(expected), got, exact=exact, r=r)
    if not differences:
        return
    first = differences[0]
    rows = len({difference.row for difference in differences})
    raise ProofError(
        f"for {what}, {rows} of {len(expected)} rows differ from the notebook; first row {first.row}, "
        f"`{first.pointer}`: "
        f"the notebook has {first.expected!r}, the service {first.got!r}{_size(first)}.",
        remedy=" ".join(hints) or _remedy(what),
        code="differs",
        name=first.pointer,
        detail="\n".join(map(str, differences[:20])),
    )


def _as_sent(answers: Answers) -> Answers:
    """With null for numbers that are not finite: JSON has no other word for them."""
    return replace(answers, predictions=tuple(map(_finite_or_null, answers.predictions)))


def _finite_or_null(value: Any) -> Any:
    match value:
        case float():
            return value if isfinite(value) else None
        case list():
            return [_finite_or_null(each) for each in value]
        case dict():
            return {key: _finite_or_null(each) for key, each in value.items()}
    return value


def _size(difference: equality.Difference) -> str:
    a, b = difference.expected, difference.got
    if isinstance(a, float) and isinstance(b, float) and isfinite(a) and isfinite(b):
        return f" (off by {abs(a - b):.3g})"
    return ""


def _remedy(what: str) -> str:
    if "one by one" in what:
        return (
            "An answer must depend on its own row alone: look for ranks, group means, shuffles or batch "
            "statistics in the predict "
            "and features cells, or set `rowwise = false` in [tool.nbforge]."
        )
    return "Look for randomness, the time, or state that the predict and features cells change."
