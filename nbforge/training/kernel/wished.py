"""The project's own ``[tool.nbforge.inputs]``: what a field accepts, as far as that goes with what the field is."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nbforge.runtime import columns, instants
from nbforge.runtime.checks import check_for
from nbforge.runtime.contract import Contract, Input

from .errors import CaptureError

_COPIED = {
    "range": "range",
    "category": "category",
    "nullable": "nullable",
    "minimum": "minimum",
    "maximum": "maximum",
    "max-length": "length",
    "pattern": "pattern",
    "default": "default",
}
_MOMENTS: dict[str, Callable[[Any, str], Any]] = {
    "datetime": instants.instant,
    "date": instants.instant,
    "timedelta": instants.duration,
}


def apply(contract: Contract, wishes: Mapping[str, Mapping[str, Any]]) -> tuple[Contract, list[str]]:
    """The contract with the project's policies, and what of them has no effect, a sentence each.

    Raises:
        CaptureError: exit 2, for a field that the contract does not have, or a wish that does not suit its field.
    """
    asked = {field.name for field in contract.asked}
    without: list[str] = []
    for name in wishes:
        _known(contract, name, "`[tool.nbforge.inputs]`")
        if name not in asked:
            without.append(f"[tool.nbforge.inputs.{name}] has no effect: the prediction does not need that field.")
    inputs = (_wished(field, wishes[field.name]) if field.name in wishes else field for field in contract.inputs)
    return replace(contract, inputs=tuple(inputs)), without


def private(contract: Contract, names: Sequence[str]) -> list[str]:
    """The fields that are not to be logged.

    Raises:
        CaptureError: exit 2, for a field that the contract does not have: what is misspelt would be logged.
    """
    for name in names:
        _known(contract, name, "`private` in [tool.nbforge]")
    return list(names)


def _known(contract: Contract, name: str, where: str) -> None:
    names = [field.name for field in contract.inputs]
    if name not in names and name not in contract.ignored:
        near = difflib.get_close_matches(name, names, n=1)
        raise CaptureError(
            exit=2,
            code="unknown-input",
            message=f"{where} names `{name}`, which is no input of this model.",
            remedy=f"Did you mean `{near[0]}`?" if near else f"The inputs are: {', '.join(names)}.",
            name=name,
        )


def nothing_left() -> CaptureError:
    """The policies refuse every row of the training data, so that nothing can be proven."""
    return CaptureError(
        exit=2,
        code="policies-refuse-training",
        message="the policies in `[tool.nbforge.inputs]` refuse every row of the training data.",
        remedy="Compare them with the data: minimum, maximum, categories, pattern, max-length, nullable.",
    )


def _wished(field: Input, wish: Mapping[str, Any]) -> Input:
    for key in ("minimum", "maximum", "max-length", "pattern", "categories"):
        if key in wish:
            _suits(field, key, wish[key])
    found = replace(field, **{_COPIED[key]: value for key, value in wish.items() if key in _COPIED})
    if "categories" in wish:
        found = replace(found, categories=tuple(wish["categories"]))
    if found.nullable and not field.nullable:
        _holds_null(field)
    if "default" in wish or wish.get("required") is False:
        found = replace(found, optional=True)
        verdict = check_for(found).look(found.default)
        if verdict.code and verdict.refuse:
            reason = "which it does not accept" if "default" in wish else "which needs `nullable = true` or a `default`"
            raise _unsuitable(field, "default" if "default" in wish else "required", f"stands for {reason}")
    if _above(found):
        raise _unsuitable(field, "minimum" if "minimum" in wish else "maximum", "leaves no value between the two")
    return found


def _suits(field: Input, key: str, value: Any) -> None:
    kind = field.dtype
    if key in ("minimum", "maximum"):
        number = isinstance(value, (int, float))
        good = _reads(kind, value) if kind in _MOMENTS else number and ("int" in kind or kind.startswith("float"))
    elif key == "categories":
        good = all(_like(kind, each) for each in value) and kind not in ("vector", *_MOMENTS)
        own = field.categories if kind == "category" else None
        good = good and (own is None or set(value) <= set(own))
    else:
        good = kind == "string"
    if not good:
        raise _unsuitable(field, key, f"does not suit a field of dtype {kind}")


def _reads(kind: str, value: Any) -> bool:
    try:
        _MOMENTS[kind](value, "us")
    except (ValueError, OverflowError):
        return False
    return isinstance(value, str)


def _like(kind: str, value: Any) -> bool:
    if kind == "category":
        return isinstance(value, (str, int, float, bool))
    if kind == "bool":
        return isinstance(value, bool)
    return isinstance(value, str if kind == "string" else (int, float))


def _holds_null(field: Input) -> None:
    try:
        columns.decoder(field)([None])
    except (ValueError, TypeError, OverflowError):
        raise _unsuitable(
            field, "nullable", f"does not suit a field of dtype {field.dtype}, which has no null"
        ) from None


def _above(field: Input) -> bool:
    low, high = field.minimum, field.maximum
    if low is None or high is None:
        return False
    if field.dtype in _MOMENTS:
        read = _MOMENTS[field.dtype]
        return bool(read(low, "us") > read(high, "us"))
    return bool(low > high)


def _unsuitable(field: Input, key: str, reason: str) -> CaptureError:
    return CaptureError(
        exit=2,
        code="unsuitable-policy",
        message=f"`{key}` in [tool.nbforge.inputs.{field.name}] {reason}.",
        remedy="See docs/reference/configuration.md for what each key is for.",
        name=field.name,
    )
