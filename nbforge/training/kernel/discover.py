"""Contract and proof of an entry point, from the raw rows of its notebook."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from nbforge.runtime import answers as reading
from nbforge.runtime import equality, frames, machine
from nbforge.runtime.answers import Answers
from nbforge.runtime.checks import check_for
from nbforge.runtime.contract import Contract, Input
from nbforge.runtime.protocol import PROTOCOL
from nbforge.runtime.scorer import Path

from . import distributions, examples, outputs, policies, wished
from .alignment import is_pandas, numbered, same, snapshot, take
from .entry import Entry
from .errors import CaptureError
from .estimators import Learned
from .facts import Facts
from .filling import filled
from .inputs import Described, describe, describe_parameters
from .proof_rows import Chosen, choose
from .trying import Roles, find_roles

APART_SECONDS = 5.0
ALL_ROWS_SECONDS = 5.0
STEADY_ROWS = 20


@dataclass(frozen=True, slots=True)
class _Subject:
    """The entry point as a function of the model's input, which it gets as a copy."""

    path: Path
    kind: str

    def __call__(self, model_input: Any) -> Answers:
        if self.kind == "scalars":
            n = len(next(iter(model_input.values()))) if model_input else 0
            return self.path.answers(dict(model_input), n)
        return self.path.answers(snapshot(model_input), len(model_input))


def discover(
    *,
    entry: Entry,
    raw: Any,
    path: Path,
    target: Any,
    config: Mapping[str, Any],
    held_out: Sequence[int] | None = None,
    names: Sequence[str] = (),
    learned: Learned | None = None,
) -> dict[str, Any]:
    """Finds out what the entry point needs and answers, and what proves it.

    Args:
        entry: the entry point; ``passes`` and ``parameters`` matter here.
        raw: the raw rows, or ``None`` for a function of scalars without any.
        path: predicts.
        target: the raw frame's column that was the ``y`` of a fit, as a Series with its label as name, or ``None``.
        config: ``examples``, ``rowwise`` and ``inputs`` of the project.
        held_out: positions of the raw rows that no model was fitted on, where they are known.
        names: of an array's columns, where something names them.
        learned: what models were fitted to tell.

    Returns:
        ``contract`` and ``proof`` as docs/architecture.md prints them, ``rowwise`` (rows apart are answered as
        together), and
        ``warnings``, sentences.

    Raises:
        CaptureError: exit 3 where the inputs cannot be a contract, exit 5 where the target leaks or answers differ on
        their own.
    """
    if entry.passes == "scalars":
        described = describe_parameters(entry.parameters or {}, entry.defaults or {}, raw)
    else:
        described = describe(raw, names)
    subject, learned = _Subject(path, described.frame.kind), learned or Learned()
    warnings: list[str] = []
    if described.n == 0:
        raise _no_rows(described)
    predictions, timing = _all_answers(subject, described)
    # Trying columns one after the other says nothing where the same rows are answered differently each time.
    few = range(min(described.n, STEADY_ROWS))
    _deterministic(subject(_rows(described, few)), subject(_rows(described, few)))
    roles = _roles(subject, described, predictions, target)
    if roles is not None and not roles.settled:
        warnings.append("There was no time to try every column; those not settled are required.")
    warnings += [
        f"`{label}` says, a word for each class, what the model was trained to predict: drop it, unless it is known."
        for label in learned.codings
        if roles is not None and label in roles.required
    ]
    label = getattr(target, "name", None) if target is not None else None
    contract = _contract(described, roles, learned.labels)
    first = [str(label)] if label is not None else []
    contract = filled(contract, described, subject, partial(_rows, described), len(predictions), first)
    known = path.classes if path.classes is not None else outputs.classes_among(predictions, learned.classes)
    task, output = outputs.describe(str(label) if label is not None else "prediction", predictions, known)
    contract = replace(contract, task=task, outputs=(output,))
    needed = {field.name: described.facts[field.name] for field in contract.inputs if field.required}
    chosen = _choose(needed, described, predictions, timing)
    contract = policies.unseen(contract, described.rows, subject, chosen.rows)
    if wishes := config.get("inputs", {}):
        contract, without_effect = wished.apply(contract, wishes)
        warnings += without_effect
        needed = {name: Facts(_field(contract, name), each.values) for name, each in needed.items()}
        chosen = _choose(needed, described, predictions, timing, wishes)
    proof, rowwise = _proof(contract, described, subject, chosen)
    if not rowwise and config.get("rowwise") is False:
        warnings.append("Rows apart are predicted differently from rows together.")
    contract = replace(
        contract,
        unknown_fields=config.get("unknown_fields", "refuse"),
        formats=tuple(config.get("formats", ())),
        examples=_examples(contract, needed, subject, config.get("examples", "synthetic"), proof["rows"]),
        baseline={
            **distributions.inputs([Facts(_field(contract, name), each.values) for name, each in needed.items()]),
            **distributions.engineered(path, described),
            **distributions.predictions(predictions, contract.outputs[0].kind, described.n, held_out),
        },
    )
    return {
        "contract": contract.to_json(),
        "proof": proof,
        "rowwise": rowwise and config.get("rowwise", True) is not False,
        "warnings": warnings,
    }


def _no_rows(described: Described) -> CaptureError:
    names = ", ".join(f"`{name}`" for name in described.labels)
    return CaptureError(
        exit=3,
        code="no-inputs",
        message=f"nothing shows which values the inputs take: {names}.",
        remedy="Tag a cell that evaluates to example rows (a list of dicts, or a frame) `nbforge:example`.",
    )


def _all_answers(subject: _Subject, described: Described) -> tuple[Answers, float]:
    """Answers for all rows, or, where that takes long, for the first ones; and the seconds that one row takes."""
    some = range(min(described.n, 256))
    begun = time.monotonic()
    answers = subject(_rows(described, some))
    each = (time.monotonic() - begun) / len(some)
    begun = time.monotonic()
    subject(_rows(described, range(1)))
    single = time.monotonic() - begun
    if each * described.n > ALL_ROWS_SECONDS or described.n == len(some):
        return answers, single
    return subject(_rows(described, range(described.n))), single


def _rows(described: Described, rows: Sequence[int]) -> Any:
    if described.frame.kind == "scalars":
        return {name: [values[row] for row in rows] for name, values in described.rows.items()}
    taken = take(described.rows, rows)
    index: Any = getattr(described.rows, "index", None)
    counted = type(index).__name__ == "RangeIndex" and (index.start, index.step) == (0, 1)
    return numbered(taken) if counted else taken  # a row's number among training's rows is none of a request's


def _roles(subject: _Subject, described: Described, predictions: Answers, target: Any) -> Roles | None:
    """Of a frame's columns. The parts of an array have no names: all of them are required, as is a series, but for
    what a model was fitted to tell.
    """
    if described.frame.kind != "dataframe":
        return None
    some = min(described.n, len(predictions))
    seen = {name: Facts(each.field, each.values[:some]) for name, each in described.facts.items()}
    chosen = choose(seen, some, predictions.predictions[:some])
    sample = _rows(described, chosen.rows).reset_index(drop=True)
    told = [target.name] if target is not None else []  # what takes too long to be tried may be no leak
    roles = find_roles(sample, subject, range(len(sample)), first=told)
    if target is not None and target.name in roles.required and target.name not in roles.untried:
        raise CaptureError(
            exit=5,
            code="target-leaks",
            message=f"the prediction uses `{target.name}`, which is what the model was trained to predict.",
            remedy=f"Drop `{target.name}` from what the model is fitted on.",
            name=str(target.name),
        )
    unusable = [label for label in roles.required if str(_name(described, label)) in described.unusable]
    if unusable:
        name = str(_name(described, unusable[0]))
        raise CaptureError(
            exit=3,
            code="column-kind",
            message=f"the prediction needs the column `{name}`: {described.unusable[name]}, which no client can send.",
            remedy=f"Turn `{name}` into numbers, text, booleans or dates in the cell that binds the data.",
            name=name,
        )
    return roles


def _name(described: Described, label: Any) -> str:
    return next(name for name, own in described.labels.items() if own is label or own == label)


def _contract(described: Described, roles: Roles | None, labels: Container[int]) -> Contract:
    if roles is None:
        found = [each.field for each in described.facts.values()]
        if described.frame.kind == "array" and len(found) > 1:
            found = [replace(field, required=at not in labels) for at, field in enumerate(found)]
        return Contract("other", tuple(found), frame=described.frame)
    inputs: list[Input] = []
    ignored: list[str] = []
    for name, own in described.labels.items():
        if own in roles.ignored:
            ignored.append(name)
        elif own in roles.filled:
            field = described.facts[name].field if name in described.facts else _stand_in(name, own)
            inputs.append(replace(field, required=False))
        else:
            inputs.append(described.facts[name].field)
    return Contract("other", tuple(inputs), tuple(ignored), frame=described.frame)


def _stand_in(name: str, label: Any) -> Input:
    """For a filled column whose cells JSON cannot bring back: nulls."""
    return Input(
        name, "string", nullable=True, label=label, frame_dtype={"dtype": "object", "of": "text", "null": "none"}
    )


def _choose(
    needed: Mapping[str, Facts],
    described: Described,
    predictions: Answers,
    single: float,
    strict: Container[str] = (),
) -> Chosen:
    limit = max(50, min(1000, int(APART_SECONDS / max(single, 1e-6))))
    complete = len(predictions) == described.n
    chosen = choose(needed, described.n, predictions.predictions if complete else None, limit, strict)
    if strict != () and not chosen.rows:
        raise wished.nothing_left()
    return chosen


def _proof(contract: Contract, described: Described, subject: _Subject, chosen: Chosen) -> tuple[dict[str, Any], bool]:
    """The rows as clients will send them, and what the kernel answers, together and one by one."""
    original = _rows(described, chosen.rows)
    optional = described.frame.kind == "scalars"
    records = frames.records(contract, original, filled=optional)
    columns = frames.columns_of(contract, original, filled=optional)
    together = subject(frames.build(contract, columns, len(records)))
    again = subject(frames.build(contract, columns, len(records)))
    _deterministic(together, again)
    built = frames.build(contract, columns, len(records))
    _same_rows(subject(original), together, lambda: _otherwise(contract, original, built))
    apart = _apart(contract, columns, subject, len(chosen.rows))
    r = equality.tolerance(together)
    differences = equality.same(together.rows(0, len(apart)), reading.join(apart), exact=False, r=r)
    proof = {
        "protocol": PROTOCOL,
        "rows": records,
        "together": together.to_json(),
        "apart": [each.to_json() for each in apart],
        "coverage": {**chosen.coverage, "apart": len(apart)},
        "environment": machine.facts(),
        "plain": None,
        "plain_rows": None,
    }
    return proof, not differences


def _apart(contract: Contract, columns: Mapping[str, list[Any]], subject: _Subject, n: int) -> list[Answers]:
    deadline = time.monotonic() + APART_SECONDS
    builder = frames.Builder(contract)
    found: list[Answers] = []
    for row in range(n):
        if time.monotonic() > deadline and len(found) >= 5:
            break
        found.append(subject(builder.build({name: values[row : row + 1] for name, values in columns.items()}, 1)))
    return found


def _deterministic(first: Answers, second: Answers) -> None:
    differences = equality.same(first, second, exact=True)
    if differences:
        raise CaptureError(
            exit=5,
            code="not-deterministic",
            message="the same rows are predicted differently a second time.",
            remedy="Give every random generator of the prediction a fixed seed, and keep no state between calls.",
            detail="\n".join(map(str, differences[:20])),
        )


def _same_rows(original: Answers, rebuilt: Answers, otherwise: Callable[[], Sequence[str]]) -> None:
    """Layout in memory may change the last bits; more means that records do not carry what the prediction uses.

    ``otherwise``: says what of the rows comes back in another way.
    """
    differences = equality.same(original, rebuilt, exact=False, r=equality.tolerance(original))
    if differences:
        found = "; ".join(otherwise())
        raise CaptureError(
            exit=5,
            code="records-differ",
            message="rows put together again from JSON values are predicted differently from the notebook's own"
            + (f": {found}." if found else "."),
            remedy="Let the prediction depend on the columns' values alone, not on the frame's index, types that JSON "
            "does not tell apart or attributes; make a column of what is needed in the cell tagged `nbforge:data`.",
            detail="\n".join(map(str, differences[:20])),
        )


def _otherwise(contract: Contract, original: Any, built: Any) -> list[str]:
    """The required columns, and the index, that records do not bring back as they were."""
    if not is_pandas(original, "DataFrame") or not is_pandas(built, "DataFrame"):
        return []
    found = []
    for field in contract.inputs:
        was, now = original.get(field.label), built.get(field.label)
        if not field.required or (was is not None and now is not None and was.dtype == now.dtype and same(was, now)):
            continue
        types = "" if was is None or now is None or was.dtype == now.dtype else f" (as {now.dtype}, not {was.dtype})"
        found.append(f"column `{field.name}` comes back otherwise{types}")
    if not original.index.equals(built.index):
        found.append("the rows come back counted from 0, without their index")
    return found


def _examples(
    contract: Contract, needed: Mapping[str, Facts], subject: _Subject, wish: str, rows: Sequence[Mapping[str, Any]]
) -> tuple[Mapping[str, Any], ...]:
    if wish == "none":
        return ()
    if wish == "rows":
        return tuple(rows[: examples.COUNT])
    fields = {name: Facts(_field(contract, name), each.values) for name, each in needed.items()}
    return tuple(record for record in examples.synthetic(fields) if _answers(contract, record, subject))


def _field(contract: Contract, name: str) -> Input:
    return next(field for field in contract.inputs if field.name == name)


def _answers(contract: Contract, record: Mapping[str, Any], subject: Callable[[Any], Answers]) -> bool:
    """Whether an invented record is answered: columns that depend on each other may not be mixed at will."""
    for name, value in record.items():
        verdict = check_for(_field(contract, name)).look(value)
        if verdict.code and verdict.refuse:
            return False
    try:
        answers = subject(frames.build(contract, {name: [value] for name, value in record.items()}, 1))
    except Exception:  # noqa: BLE001 - the notebook's code may raise anything
        return False
    return reading.finite(answers) or contract.outputs[0].non_finite
