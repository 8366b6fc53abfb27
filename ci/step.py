#!/usr/bin/env python3
"""One build as a step of a CI system: inputs from the environment, outputs to where the system reads them.

    step.py github      outputs and job summary by $GITHUB_OUTPUT and $GITHUB_STEP_SUMMARY
    step.py tekton      results by $RESULT_IMAGE_URL, $RESULT_IMAGE_DIGEST and $RESULT_BUNDLE_VERSION

Inputs, all text: INPUT_NOTEBOOKS, INPUT_PARAMETERS, INPUT_ENV and INPUT_ARGS hold one word a line; INPUT_OUTPUT,
INPUT_NAME, INPUT_IMAGE, INPUT_BASE and INPUT_PYTHON one word; INPUT_PUSH is "true" or "false". NBFORGE is the program,
default "nbforge". The exit code is that of `nbforge build`. Standard library only.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_USAGE = 2
_TITLES = {2: "Configuration", 3: "Notebook", 4: "Training", 5: "Proof", 6: "Image", 7: "Gate", 8: "Environment"}


def main(arguments: list[str]) -> int:
    """Build, report, and pass the exit code on."""
    report = _REPORTERS.get(arguments[0]) if len(arguments) == 1 else None
    if report is None:
        print(__doc__, file=sys.stderr)
        return _USAGE
    words = command(os.environ)
    print("$", " ".join(words), file=sys.stderr, flush=True)
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=False)
    report(done.returncode, json.loads(done.stdout) if done.stdout.strip() else {}, os.environ)
    return done.returncode


def command(environment: Mapping[str, str]) -> list[str]:
    """The words of ``nbforge build``; an input becomes whole words and is never read by a shell."""
    words = [environment.get("NBFORGE") or "nbforge", "build", "--json", *_lines(environment, "NOTEBOOKS")]
    for name, flag in (
        ("OUTPUT", "-o"),
        ("NAME", "--name"),
        ("IMAGE", "-t"),
        ("BASE", "--base"),
        ("PYTHON", "--python"),
    ):
        if value := environment.get(f"INPUT_{name}", "").strip():
            words += [flag, value]
    if environment.get("INPUT_PUSH", "").strip().lower() == "true":
        words.append("--push")
    for name, flag in (("PARAMETERS", "-p"), ("ENV", "--env")):
        for value in _lines(environment, name):
            words += [flag, value]
    return words + _lines(environment, "ARGS")


def _lines(environment: Mapping[str, str], name: str) -> list[str]:
    return [line.strip() for line in environment.get(f"INPUT_{name}", "").splitlines() if line.strip()]


def github(code: int, result: Mapping[str, Any], environment: Mapping[str, str]) -> None:
    """Outputs ``image``, ``digest``, ``bundle`` and ``version``; a job summary; an annotation of what failed."""
    outputs = {
        "image": _image(result).get("ref", ""),
        "digest": _image(result).get("digest") or "",
        "bundle": result.get("bundle", ""),
        "version": result.get("version", ""),
    }
    _append(environment["GITHUB_OUTPUT"], "".join(f"{name}={value}\n" for name, value in outputs.items()))
    _append(environment["GITHUB_STEP_SUMMARY"], _failure(code, result) if code else _success(result))
    if code:
        error = _error(result)
        message = f"{error['message']} {error['remedy']}".strip()
        print(f"::error title=nbforge {_TITLES.get(code, 'failed')}::{_one_line(message)}", flush=True)


def tekton(code: int, result: Mapping[str, Any], environment: Mapping[str, str]) -> None:
    """The Task's results; they stay empty where there is no image or the build failed."""
    image = _image(result)
    Path(environment["RESULT_IMAGE_URL"]).write_text(image.get("ref", ""), encoding="utf-8")
    Path(environment["RESULT_IMAGE_DIGEST"]).write_text(image.get("digest") or "", encoding="utf-8")
    Path(environment["RESULT_BUNDLE_VERSION"]).write_text(result.get("version", ""), encoding="utf-8")
    if code:
        error = _error(result)
        print(f"exit {code}: {error['message']}\n{error['remedy']}", file=sys.stderr)


def _success(result: Mapping[str, Any]) -> str:
    image, sliced = _image(result), result["slice"]
    rows = [
        ("version", f"`{result['version']}`"),
        ("bundle", f"`{result['bundle']}`"),
        ("image", f"`{image['ref']}`" if image else "none"),
        ("digest", f"`{image['digest']}`" if image.get("digest") else "not pushed"),
        ("form", f"`{result['form']}`"),
        ("statements", f"{sliced['in']} in, {sliced['out']} left out"),
        ("seconds", f"{sum(result['timings'].values()):.1f}"),
    ]
    rows += [(f"metric `{_cell(name)}`", _cell(str(value))) for name, value in sorted(result["metrics"].items())]
    table = "".join(f"| {name} | {value} |\n" for name, value in rows)
    return f"### {_cell(result['name'])}: built and proven\n\n| | |\n|---|---|\n{table}\n"


def _failure(code: int, result: Mapping[str, Any]) -> str:
    error = _error(result)
    where = "" if error["cell"] is None else f", cell {error['cell']}"
    return (
        f"### {_TITLES.get(code, 'nbforge')} failed{where} (exit {code})\n\n{error['message']}\n\n{error['remedy']}\n\n"
    )


def _error(result: Mapping[str, Any]) -> dict[str, Any]:
    absent = {"message": "nbforge ended without a result", "remedy": "The log of this step says why.", "cell": None}
    return {**absent, **result.get("error", {})}


def _image(result: Mapping[str, Any]) -> dict[str, Any]:
    return result.get("image") or {}


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _one_line(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _append(path: str, text: str) -> None:
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(text)


_REPORTERS: dict[str, Callable[[int, Mapping[str, Any], Mapping[str, str]], None]] = {
    "github": github,
    "tekton": tekton,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
