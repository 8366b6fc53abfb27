"""The example workflow, run for real by ``act``: installs nbforge from its checkout, builds, reports."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    import docker

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "sample_notebooks" / "penguins"
ACTION = "./.nbforge/ci/github"


def _checkout(target: Path) -> None:
    """What a checkout of nbforge would hold, were everything committed as it is now."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def _workflow(inputs: dict[str, str]) -> dict[Any, Any]:
    """The example with the action taken from the checkout beside the notebook, and this machine's base and Python."""
    workflow: dict[Any, Any] = yaml.safe_load((ROOT / "ci" / "github" / "example-workflow.yml").read_text("utf-8"))
    for step in workflow["jobs"]["build"]["steps"]:
        if "nbforge/ci/github@" in step.get("uses", ""):
            step["uses"] = ACTION
            step["with"] |= inputs
    workflow["on"] = workflow.pop(True)  # YAML 1.1 reads the key `on` as a boolean
    return workflow


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A project with the sample in it."""
    directory = tmp_path / "project"
    shutil.copytree(SAMPLE, directory, ignore=shutil.ignore_patterns("build"))
    _checkout(directory / ".nbforge")
    return directory


def _act(repository: Path, tmp_path: Path, inputs: dict[str, str]) -> subprocess.CompletedProcess[str]:
    workflows = repository / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / "model.yml").write_text(yaml.safe_dump(_workflow(inputs), sort_keys=False))
    git = ["git", "-c", "user.name=Test", "-c", "user.email=test@localhost"]
    for words in (
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "--all"],
        ["commit", "--quiet", "--message=model"],
    ):
        subprocess.run([*git, *words], cwd=repository, check=True, capture_output=True)
    settings = tmp_path / "config" / "act"
    settings.mkdir(parents=True)
    (settings / "actrc").write_text("-P ubuntu-latest=-self-hosted\n")
    environment = os.environ | {"XDG_CONFIG_HOME": str(settings.parent), "ACT_CACHE_DIR": str(tmp_path / "act")}
    return subprocess.run(
        ["act", "push", "--action-offline-mode", "--no-cache-server"],
        cwd=repository,
        env=environment | {"XDG_CACHE_HOME": str(tmp_path / "cache"), "UV_CACHE_DIR": _uv_cache()},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def _uv_cache() -> str:
    """The user's own: the wheels are there already."""
    uv = Path(sys.executable).with_name("uv")
    return subprocess.run([uv, "cache", "dir"], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.docker
@pytest.mark.tool("act")
def test_the_example_workflow_builds_an_image(
    repository: Path, tmp_path: Path, engine: docker.DockerClient, base_image: str
) -> None:
    done = _act(repository, tmp_path, {"base": base_image, "python": sys.executable})
    log = done.stdout + done.stderr
    assert done.returncode == 0, log
    said = re.search(r"(penguins:[0-9a-f]{40}) is (sha256:[0-9a-f]{64}), from (\S+)", log)
    assert said, log
    try:
        assert engine.images.get(said[1]).labels
        assert said[3].endswith("penguins")
    finally:
        engine.images.remove(said[1], force=True)


@pytest.mark.tool("act")
def test_a_failing_notebook_fails_the_job_with_an_annotation(repository: Path, tmp_path: Path) -> None:
    inputs = {"image": "", "python": sys.executable, "parameters": "no_such_parameter=1"}
    done = _act(repository, tmp_path, inputs)
    assert done.returncode != 0
    assert "no_such_parameter" in done.stdout
    assert "(exit 2)" in done.stdout
