"""Compares what a build gave with what an ``expect.toml`` says."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from tests.support.cases import Case, Project
from tests.support.cli import Outcome

Expected = Mapping[str, Any]

_KINDS: dict[str, Callable[[Any], bool]] = {
    "label": lambda value: isinstance(value, str | int | bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "vector": lambda value: isinstance(value, list) and all(_KINDS["number"](item) for item in value),
    "list": lambda value: isinstance(value, list),
    "record": lambda value: isinstance(value, dict),
}


def failure(project: Project, outcome: Outcome) -> None:
    """The error's JSON names what the case says; nothing is left behind but, on request, the executed notebook."""
    expected = project.case.section("error")
    error = outcome.json["error"]
    assert set(error) == {"stage", "code", "cell", "name", "message", "remedy"}
    for key in ("stage", "code", "cell", "name"):
        if key in expected:
            assert error[key] == expected[key], f"{key}: {outcome}"
    for key in ("message", "remedy"):
        for text in expected.get(key, ()):
            assert text in error[key], f"{key} lacks {text!r}: {outcome}"
    assert error["message"], "an error says what is wrong"
    assert "Traceback (most recent call last)" not in error["message"]
    assert not project.bundle.exists(), "a failed build leaves no bundle"
    if expected.get("executed"):
        assert list(project.bundle.parent.glob("*.ipynb")), "the executed notebook is kept beside the output"


def success(project: Project, outcome: Outcome) -> None:
    """The summary on standard output and the bundle are as the case says."""
    summary, build = outcome.json, project.case.section("build")
    assert set(summary) >= {"bundle", "name", "version", "image", "metrics", "timings", "slice", "form", "rowwise"}
    for key in ("form", "rowwise"):
        if key in build:
            assert summary[key] == build[key]
    for name, (lowest, highest) in project.case.section("metrics").items():
        assert lowest <= summary["metrics"][name] <= highest, f"{name} = {summary['metrics'][name]}"
    for text in project.case.section("warnings").get("contain", ()):
        assert text in outcome.stderr, f"people are not told of {text!r}: {outcome.stderr}"
    for text in project.case.section("warnings").get("lack", ()):
        assert text not in outcome.stderr, f"people are told of {text!r}: {outcome.stderr}"
    inputs(project.case.section("inputs"), json.loads((project.bundle / "contract.json").read_text()))
    lock(project.case.section("lock"), json.loads((project.bundle / "bundle.json").read_text()))
    absent(project.case, project.bundle)


def lock(expected: Expected, manifest: Mapping[str, Any]) -> None:
    """Distributions that scoring needs, and those that it must do without."""
    names = {each["name"] for each in manifest["lock"]["distributions"]}
    assert names >= set(expected.get("holds", ())), "the lock"
    assert not names & set(expected.get("lacks", ())), "the lock"


def inputs(expected: Expected, contract: Mapping[str, Any]) -> None:
    """Required, filled and ignored columns."""
    got = {
        "required": {field["name"] for field in contract["inputs"] if field["required"]},
        "filled": {field["name"] for field in contract["inputs"] if not field["required"]},
        "ignored": set(contract["ignored"]),
    }
    for kind, names in expected.items():
        assert got[kind] == set(names), f"{kind} inputs"


def cells(expected: Expected, inspection: Mapping[str, Any], notebooks: Sequence[str]) -> None:
    """Cells in and out, from ``nbforge inspect --json``."""
    kept = {(Path(cell["notebook"]).name, cell["index"]): cell["in"] for cell in inspection["cells"]}
    for key, wanted in (("in", True), ("out", False)):
        for cell in expected.get(key, ()):
            notebook, index = cell if isinstance(cell, list) else (0, cell)
            assert kept[Path(notebooks[notebook]).name, index] is wanted, f"cell {cell} should be {key}"


def absent(case: Case, directory: Path) -> None:
    """No file below ``directory`` holds a text that must not ship."""
    texts = [text.encode() for text in case.section("absent").get("texts", ())]
    for path in sorted(directory.rglob("*")) if texts else ():
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            assert not [text for text in texts if text in content], f"{path.relative_to(directory)} leaks"


def predictions(case: Case, client: httpx.Client) -> None:
    """Send each request of the case and compare its answer."""
    for expected in case.expect.get("predict", ()):
        response = _send(case, client, expected)
        where = f"{expected}: {response.text}"
        assert response.status_code == expected.get("status", 200), where
        for text in expected.get("contains", ()):
            assert text in response.text, where
        if "errors" in expected:
            got = {(error["pointer"], error["code"]) for error in response.json()["errors"]}
            assert got == {(error["pointer"], error["code"]) for error in expected["errors"]}, where
        if response.status_code == 200 and expected.get("path", "/predict") == "/predict":
            _answer(expected, response.json(), where)


def _send(case: Case, client: httpx.Client, expected: Expected) -> httpx.Response:
    if "file" in expected:
        body = (case.folder / expected["file"]).read_bytes()
    elif "body" in expected:
        body = expected["body"].encode()
    elif "request" in expected:
        body = json.dumps(expected["request"], default=str).encode()
    else:
        return client.get(expected["path"])
    headers = {"content-type": expected.get("type", "application/json")}
    return client.post(expected.get("path", "/predict"), content=body, headers=headers)


def _answer(expected: Expected, answer: Any, where: str) -> None:
    values = answer if isinstance(answer, list) else answer["predictions"]
    if "count" in expected:
        assert len(values) == expected["count"], where
    if "equals" in expected:
        assert values == expected["equals"], where
    if "close" in expected:
        assert all(math.isclose(a, b, rel_tol=1e-6) for a, b in zip(values, expected["close"], strict=True)), where
    for value in values:
        _value(expected, value, where)
    if "probabilities" in expected:
        for row in answer["probabilities"]:
            assert set(row) == set(expected["probabilities"]), where
            assert math.isclose(sum(row.values()), 1, abs_tol=1e-6), where
    if "warnings" in expected:
        assert {warning["code"] for warning in answer.get("warnings", ())} == set(expected["warnings"]), where


def _value(expected: Expected, value: Any, where: str) -> None:
    if "kind" in expected:
        assert _KINDS[expected["kind"]](value), where
    if "among" in expected:
        assert value in expected["among"], where
    if "length" in expected:
        assert len(value) == expected["length"], where
    if "keys" in expected:
        assert set(value) == set(expected["keys"]), where
    if "between" in expected:
        lowest, highest = expected["between"]
        assert all(lowest <= item <= highest for item in (value if isinstance(value, list) else [value])), where
