"""The lock: what scoring imports, at the training environment's versions, and what may not be in it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import pytest

from nbforge.bundle import lock
from nbforge.environments import full_lock, interpreter, overlay, proof, tracing
from nbforge.errors import EnvironmentFailure, ProofError
from nbforge.values import Environment
from tests.images import small_service

SITE = Path(sysconfig.get_path("purelib"))


@pytest.fixture(scope="module")
def active() -> Environment:
    return interpreter.environment(Path(sys.executable), "active")


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """An environment of its own that also sees everything that the tests' own has."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    (_site(tmp_path) / "shared.pth").write_text(f"{SITE}\n")
    return interpreter.environment(tmp_path / "env" / "bin" / "python", "--python")


def _site(tmp_path: Path) -> Path:
    return next((tmp_path / "env" / "lib").glob("python*/site-packages"))


def _install(site: Path, name: str, direct_url: dict[str, object] | None = None) -> None:
    folder = site / f"{name}-1.0.dist-info"
    folder.mkdir()
    (site / f"{name}.py").write_text("FACTOR = 2\n")
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (folder / "RECORD").write_text(f"{name}.py,,\n{name}-1.0.dist-info/METADATA,,\n")
    if direct_url:
        (folder / "direct_url.json").write_text(json.dumps(direct_url))


def _light(root: Path, importing: str) -> Path:
    """A bundle that needs numpy alone, and what ``importing`` imports."""
    small_service.lay_out(root, None, f"{importing}\n{small_service.LIGHT_SCORING}")
    return root


def test_what_scoring_imports_and_no_more(tmp_path: Path, active: Environment) -> None:
    import pandas as pd
    import sklearn
    from sklearn.linear_model import LinearRegression

    root = tmp_path / "bundle"
    small_service.lay_out(root, LinearRegression().fit(pd.DataFrame(small_service.ROWS), [1.0, 2.0, 3.0]))
    made = lock.make(root, active, overlay.overlay(active))
    names = {each["name"] for each in made.distributions}
    assert {"scikit-learn", "numpy", "scipy", "pandas", "fastapi", "uvicorn", "msgspec"} <= names
    assert not names & {
        "papermill",
        "ipykernel",
        "matplotlib",
        "prettytable",
        "rich",
        "psutil",
        "pytest",
        "xgboost",
        "nbforge",
        "skops",
    }
    assert "prettytable" in {each["name"] for each in made.excluded}
    assert {"name": "scikit-learn", "version": sklearn.__version__} in made.distributions

    assert made.text.startswith(f"# Python {made.python}\n")
    pins = [line.partition("==")[0] for line in made.text.splitlines() if "==" in line]
    assert pins == sorted(pins)
    assert made.text.count("--hash=sha256:") >= len(pins)
    assert "://" not in made.text
    assert os.sep not in re.sub(r"\\$", "", made.text, flags=re.MULTILINE)

    begun = time.perf_counter()
    assert lock.make(root, active, overlay.overlay(active)) == made
    assert time.perf_counter() - begun < 0.5

    (root / "requirements.lock").write_text(made.text)
    proven = proof.proof_environment(root / "requirements.lock")
    assert proof.proof_environment(root / "requirements.lock", made.python) == proven
    site = next((proven.python.parent.parent / "lib").glob("python*/site-packages"))
    assert {entry.name for entry in site.glob("*.dist-info")} == {
        f"{each['name'].replace('-', '_')}-{each['version']}.dist-info" for each in made.distributions
    }
    assert list(site.glob("sklearn/linear_model/__pycache__/_base.*.pyc"))
    sources, compiled = (len(list(site.glob(f"scipy/**/{pattern}"))) for pattern in ("*.py", "*.pyc"))
    assert compiled < sources / 2, "what scoring never imports is not compiled"
    used = tracing.trace(root, proven)
    assert {each.name for each in used.used} <= names


@pytest.mark.parametrize(
    ("direct_url", "kind"),
    [
        ({"url": "file:///home/me/acme", "dir_info": {"editable": True}}, "directory"),
        ({"url": "https://git.corp/acme", "vcs_info": {"vcs": "git", "commit_id": "0"}}, "repository"),
    ],
    ids=["editable", "checkout"],
)
def test_a_local_project_is_refused(
    tmp_path: Path, environment: Environment, direct_url: dict[str, object], kind: str
) -> None:
    _install(_site(tmp_path), "acme", direct_url)
    root = _light(tmp_path / "bundle", "import acme")
    with pytest.raises(EnvironmentFailure, match=f"acme, which was installed from a {kind}") as caught:
        lock.make(root, interpreter.environment(environment.python, "--python"), overlay.overlay(environment))
    assert caught.value.remedy


def test_a_version_that_no_index_has_is_named(tmp_path: Path, environment: Environment) -> None:
    _install(_site(tmp_path), "nbforge_no_such_distribution")
    root = _light(tmp_path / "bundle", "import nbforge_no_such_distribution")
    with pytest.raises(EnvironmentFailure) as caught:
        lock.make(root, environment, overlay.overlay(environment))
    assert caught.value.name is not None
    assert caught.value.name.startswith("nbforge-no-such-distribution")


def test_a_module_of_no_distribution_is_named(tmp_path: Path, environment: Environment) -> None:
    (_site(tmp_path) / "stray.py").write_text("")
    root = _light(tmp_path / "bundle", "import stray")
    with pytest.raises(EnvironmentFailure, match=r"`stray\.py`"):
        lock.make(root, environment, overlay.overlay(environment))


def test_a_module_copied_into_the_service_needs_no_distribution(tmp_path: Path, active: Environment) -> None:
    root = _light(tmp_path / "bundle", "import helper")
    (root / "service" / "helper.py").write_text("")
    found = tracing.trace(root, active, overlay=overlay.overlay(active))
    assert found.unowned == ()


def test_what_only_decorates_is_withheld_unless_it_is_needed(tmp_path: Path, active: Environment) -> None:
    root = _light(tmp_path / "bundle", "import rich.table")
    made = lock.make(root, active, overlay.overlay(active))
    assert "rich" in {each["name"] for each in made.distributions}


def test_a_bundle_that_cannot_score(tmp_path: Path, active: Environment) -> None:
    root = _light(tmp_path / "bundle", "import nowhere_to_be_found")
    with pytest.raises(ProofError, match="nowhere_to_be_found") as caught:
        lock.make(root, active, overlay.overlay(active))
    assert "scoring.py" in caught.value.detail


def test_the_full_lock_of_the_training_environment(active: Environment) -> None:
    text = full_lock.full_lock(active)
    assert re.search(r"^pytest==", text, re.MULTILINE)
    assert "--hash=sha256:" in text
    assert "://" not in text
