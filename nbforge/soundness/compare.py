"""What two runs captured, compared: the same artifacts, the same contract, the same answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nbforge.errors import NbforgeError
from nbforge.runtime import equality
from nbforge.runtime.answers import Answers
from nbforge.soundness import pickles
from nbforge.soundness.runner import Outcome
from nbforge.values import Json, Run

_CAPTURED = ("form", "entry", "validate", "rowwise", "metrics")
_CONTRACT = ("task", "outputs", "frame", "ignored", "baseline")


def differences(expected: Outcome, got: Outcome) -> tuple[str, ...]:
    """What differs, in words; none means that both make the same service."""
    if isinstance(expected, NbforgeError) or isinstance(got, NbforgeError):
        return _failures(expected, got)
    return (*_captures(expected, got), *_contracts(expected, got), *_answers(expected, got))


def compared(run: Run) -> dict[str, int]:
    """How much of a run is compared: ``artifacts`` and ``rows``."""
    return {"artifacts": len(run.capture["artifacts"]), "rows": len(_load(run, "proof.json")["rows"])}


def _failures(expected: Outcome, got: Outcome) -> tuple[str, ...]:
    ours, theirs = (str(_told(each)) for each in (expected, got))
    return () if ours == theirs else (f"the whole notebook {ours}, the slice {theirs}",)


def _told(outcome: Outcome) -> str:
    if isinstance(outcome, Run):
        return "runs to its end"
    return f"ends with {outcome.message} ({outcome.where})" if outcome.where else f"ends with {outcome.message}"


def _captures(expected: Run, got: Run) -> Iterator[str]:
    ours, theirs = expected.capture, got.capture
    yield from (f"{key} differs" for key in _CAPTURED if _text(ours[key]) != _text(theirs[key]))
    left, right = (
        {f"{piece['kind']} `{piece['name']}`": _text([piece["source"], piece["cell"]]) for piece in each["pieces"]}
        for each in (ours, theirs)
    )
    yield from (f"{name} differs" for name in _unequal(left, right))
    artifacts, others = ({record["name"]: record for record in each["artifacts"]} for each in (ours, theirs))
    for name in sorted(artifacts.keys() | others.keys()):
        if name not in artifacts or name not in others:
            yield f"only one of them has the artifact `{name}`"
        elif not _same_artifact(artifacts[name], others[name], expected.directory, got.directory):
            yield f"artifact `{name}` differs"


def _same_artifact(ours: Mapping[str, Json], theirs: Mapping[str, Json], left: Path, right: Path) -> bool:
    if ours["sha256"] == theirs["sha256"]:
        return True
    files = left / "capture" / "artifacts" / ours["file"], right / "capture" / "artifacts" / theirs["file"]
    return ours["format"] == theirs["format"] == "cloudpickle" and pickles.equal(*files)


def _contracts(expected: Run, got: Run) -> Iterator[str]:
    left, right = (_load(run, "contract.json") for run in (expected, got))
    yield from (f"the contract's {key} differs" for key in _CONTRACT if _text(left.get(key)) != _text(right.get(key)))
    ours, theirs = ({field["name"]: _text(field) for field in each["inputs"]} for each in (left, right))
    yield from (f"the input `{name}` differs" for name in _unequal(ours, theirs))


def _answers(expected: Run, got: Run) -> Iterator[str]:
    """Answers to the rows that both were asked; which these are depends on the data, and on the time there was."""
    left, right = (_load(run, "proof.json") for run in (expected, got))
    asked = {_text(row): at for at, row in reversed(list(enumerate(right["rows"])))}
    pairs = [(at, asked[text]) for at, row in enumerate(left["rows"]) if (text := _text(row)) in asked]
    if not pairs:
        yield "no row of the data is the same"
        return
    ours = _picked(left["together"], [at for at, _ in pairs])
    theirs = _picked(right["together"], [at for _, at in pairs])
    rows = {difference.row for difference in equality.same(ours, theirs, exact=True)}
    if rows:
        yield f"{len(rows)} of {len(pairs)} predictions differ"


def _picked(answers: Mapping[str, Any], places: list[int]) -> Answers:
    whole = Answers.from_json(answers)
    probabilities = None if whole.probabilities is None else tuple(whole.probabilities[at] for at in places)
    return Answers(tuple(whole.predictions[at] for at in places), probabilities, whole.single)


def _unequal(left: Mapping[str, str], right: Mapping[str, str]) -> list[str]:
    return sorted(name for name in left.keys() | right.keys() if left.get(name) != right.get(name))


def _text(value: Json) -> str:
    return json.dumps(value, sort_keys=True)


def _load(run: Run, name: str) -> Any:
    return json.loads((run.directory / "capture" / name).read_text("utf-8"))
