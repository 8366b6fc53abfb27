"""The Tekton Task's step, run as its cluster would: its script in its builder image, its results in files."""

from __future__ import annotations

import json
import os
import re
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.support import notebooks
from tests.support.registry import registry

if TYPE_CHECKING:
    import docker

ROOT = Path(__file__).resolve().parents[2]
TASK = yaml.safe_load((ROOT / "ci" / "tekton" / "nbforge-build.yaml").read_text("utf-8"))["spec"]
SOURCE, RESULTS = "/workspace/source", "/tekton/results"
CERTIFICATES = "/etc/ssl/certs"
NOTEBOOK = """\
# %% parameters
rate = 3.0

# %% nbforge:data
import pandas as pd

df = pd.DataFrame({"area": [float(i % 17 + 3) for i in range(80)]})

# %%
from sklearn.linear_model import LinearRegression

model = LinearRegression().fit(df, df["area"] * rate)

# %% nbforge:predict
model
"""
pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def builder(base_image: str, engine: docker.DockerClient) -> Iterator[str]:
    ref = f"nbforge-test/builder:{uuid.uuid4().hex[:12]}"
    script = ROOT / "scripts" / "builder-image.sh"
    command: list[str | Path] = [script, "-t", ref, "--base", base_image, "--with", "pandas", "--with", "scikit-learn"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    yield ref
    engine.images.remove(ref, force=True)


def _settle(text: str, params: dict[str, str]) -> str:
    """Tekton's own substitution of variables."""
    values = {f"params.{p['name']}": p.get("default", "") for p in TASK["params"]}
    values |= {f"params.{name}": value for name, value in params.items()}
    values |= {f"results.{r['name']}.path": f"{RESULTS}/{r['name']}" for r in TASK["results"]}
    values["workspaces.source.path"] = SOURCE
    return re.sub(r"\$\(([\w.-]+)\)", lambda match: values[match[1]], text)


class Step:
    """The Task's one step over a workspace."""

    def __init__(self, directory: Path, builder: str) -> None:
        self.directory = directory
        self.builder = builder
        for part in ("source", "results"):
            (directory / part).mkdir(mode=0o777)
            (directory / part).chmod(0o777)
        notebooks.write(directory / "source" / "rent.ipynb", NOTEBOOK)

    def run(self, **params: str) -> subprocess.CompletedProcess[str]:
        """The step's script with its variables, as the image's own user; the engine is this machine's."""
        (step,) = TASK["steps"]
        given = {name.replace("_", "-"): value for name, value in params.items()}
        given["docker-host"] = "unix:///var/run/docker.sock"
        script = self.directory / "script"
        script.write_text(_settle(step["script"], given))
        script.chmod(0o755)
        variables = {item["name"]: _settle(item["value"], given) for item in step["env"]} | _network()
        command = ["docker", "run", "--rm", "--network", "host", "--workdir", _settle(step["workingDir"], given)]
        command += ["--group-add", str(Path("/var/run/docker.sock").stat().st_gid)]
        for source, target in self._mounts():
            command += ["--volume", f"{source}:{target}"]
        for name, value in variables.items():
            command += ["--env", f"{name}={value}"]
        command += [self.builder, "/tekton/script"]
        return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)

    def _mounts(self) -> list[tuple[str | Path, str]]:
        mounts: list[tuple[str | Path, str]] = [
            (self.directory / "source", SOURCE),
            (self.directory / "results", RESULTS),
            (self.directory / "script", "/tekton/script:ro"),
            ("/var/run/docker.sock", "/var/run/docker.sock"),
        ]
        return [*mounts, (CERTIFICATES, f"{CERTIFICATES}:ro")] if Path(CERTIFICATES).is_dir() else mounts

    def results(self) -> dict[str, str]:
        """What the step left for the pipeline."""
        return {path.name: path.read_text() for path in (self.directory / "results").iterdir()}


def _network() -> dict[str, str]:
    """How this machine reaches an index; addresses of local directories would mean nothing in a container."""
    names = (
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "NO_PROXY",
        "UV_DEFAULT_INDEX",
        "PIP_INDEX_URL",
    )
    return {name: os.environ[name] for name in names if name in os.environ}


@pytest.mark.tool("docker-registry")
def test_the_step_builds_proves_and_pushes(
    builder: str, base_image: str, engine: docker.DockerClient, tmp_path: Path
) -> None:
    step = Step(tmp_path, builder)
    with registry(tmp_path) as host:
        ref = f"{host}/rent:1"
        done = step.run(notebooks="rent.ipynb", image=ref, base=base_image, push="true", parameters="rate=4.0")
    assert done.returncode == 0, done.stderr
    results = step.results()
    try:
        assert results["IMAGE_URL"] == ref
        assert re.fullmatch(r"sha256:[0-9a-f]{64}", results["IMAGE_DIGEST"])
        manifest: dict[str, Any] = json.loads((tmp_path / "source" / "build" / "rent" / "bundle.json").read_text())
        assert manifest["version"] == results["BUNDLE_VERSION"]
        assert engine.images.get(ref).labels
    finally:
        engine.images.remove(ref, force=True)


def test_a_failing_step_leaves_empty_results(builder: str, tmp_path: Path) -> None:
    step = Step(tmp_path, builder)
    done = step.run(notebooks="rent.ipynb", parameters="rent=4.0")
    assert done.returncode == 2, done.stderr
    assert "rent" in done.stderr
    assert step.results() == {"IMAGE_URL": "", "IMAGE_DIGEST": "", "BUNDLE_VERSION": ""}
