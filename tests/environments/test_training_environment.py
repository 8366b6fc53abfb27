"""Which Python a notebook runs in."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nbforge.environments import interpreter, overlay, training
from nbforge.errors import EnvironmentFailure, UsageError


@pytest.fixture
def wheelhouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a wheel of our own, the only place that packages come from."""
    import zipfile

    folder = tmp_path / "wheels"
    folder.mkdir()
    with zipfile.ZipFile(folder / "acme_colours-1.5-py3-none-any.whl", "w") as wheel:
        wheel.writestr("acme_colours.py", "RED = 'red'\n")
        wheel.writestr(
            "acme_colours-1.5.dist-info/METADATA", "Metadata-Version: 2.1\nName: acme-colours\nVersion: 1.5\n"
        )
        wheel.writestr(
            "acme_colours-1.5.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr("acme_colours-1.5.dist-info/RECORD", "acme_colours.py,,\nacme_colours-1.5.dist-info/RECORD,,\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def test_the_active_environment_where_there_is_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    found = training.resolve(tmp_path)
    assert (found.python, found.origin) == (Path(sys.executable), "active")
    assert found.version == ".".join(map(str, sys.version_info[:3]))


def test_resolving_again_is_quick(tmp_path: Path) -> None:
    training.resolve(tmp_path)
    begun = time.perf_counter()
    training.resolve(tmp_path)
    assert time.perf_counter() - begun < 0.05


def test_an_environment_from_requirements(tmp_path: Path, wheelhouse: Path) -> None:
    (tmp_path / "base.txt").write_text("acme-colours>=1\n")
    (tmp_path / "requirements.txt").write_text("-r base.txt\n")
    found = training.resolve(tmp_path)
    assert found.origin == "project"
    assert _prints(found.python, "import acme_colours; print(acme_colours.RED)") == "red"
    assert training.resolve(tmp_path) == found
    (tmp_path / "base.txt").write_text("acme-colours==1.5\n")
    assert training.resolve(tmp_path).python != found.python, "what is included counts too"


def test_requirements_that_cannot_be_met_name_the_distribution(tmp_path: Path, wheelhouse: Path) -> None:
    (tmp_path / "requirements.txt").write_text("acme-colours==9\n")
    with pytest.raises(EnvironmentFailure) as caught:
        training.resolve(tmp_path)
    assert caught.value.name == "acme-colours==9"


def test_an_index_out_of_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://me:hunter2@127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "requirements.txt").write_text("acme-unheard-of==1\n")
    with pytest.raises(EnvironmentFailure) as caught:
        training.resolve(tmp_path)
    assert caught.value.code == "index-unreachable"
    assert "127.0.0.1:9 cannot be reached" in caught.value.message
    assert "hunter2" not in str(caught.value) + caught.value.detail


def test_the_lock_is_looked_for_up_to_the_projects_root(tmp_path: Path) -> None:
    inner = tmp_path / "project" / "notebooks"
    inner.mkdir(parents=True)
    (tmp_path / "requirements.txt").write_text("too-high-up\n")
    assert training.find_lock(inner) is None
    (tmp_path / "project" / "pyproject.toml").write_text("")
    (tmp_path / "project" / "uv.lock").write_text("version = 1\n")
    assert training.find_lock(inner) == tmp_path / "project" / "uv.lock"
    (inner / "requirements.txt").write_text("")
    assert training.find_lock(inner) == inner / "requirements.txt"


def test_the_projects_own_environment_is_used_where_it_is_active(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "uv.lock").write_text("version = 1\n")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / ".venv"], check=True)
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / ".venv"))
    found = training.resolve(tmp_path)
    assert (found.python, found.origin) == (tmp_path / ".venv" / "bin" / "python", "active")


def test_named_interpreters(tmp_path: Path) -> None:
    prefix = Path(sys.prefix)
    assert training.resolve(tmp_path, python=prefix).python == prefix / "bin" / "python"
    assert training.resolve(tmp_path, python=Path(sys.executable)).origin == "--python"
    (tmp_path / "python").write_text("#!/bin/sh\nexit 3\n")
    (tmp_path / "python").chmod(0o755)
    for wrong in (tmp_path / "nowhere", tmp_path / "python"):
        with pytest.raises(UsageError, match="interpreter"):
            training.resolve(tmp_path, python=wrong)


def test_a_kernel_that_is_not_installed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no Jupyter kernel `nobody`"):
        training.resolve(tmp_path, kernel="nobody")


def test_installing_something_changes_the_fingerprint(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    python = tmp_path / "env" / "bin" / "python"
    before = interpreter.environment(python, "active")
    assert interpreter.environment(python, "active") == before
    site = next((tmp_path / "env" / "lib").glob("python*/site-packages"))
    (site / "acme-1.dist-info").mkdir()
    assert interpreter.environment(python, "active").fingerprint != before.fingerprint


def test_the_overlay_gives_a_bare_environment_a_kernel(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    bare = interpreter.environment(tmp_path / "env" / "bin" / "python", "--python")
    path = overlay.overlay(bare)
    seen = _prints(
        bare.python,
        f"import sys; sys.path.append({str(path)!r}); import ipykernel.kernelapp, cloudpickle, skops;"
        "import nbforge.runtime.protocol as p;"
        "import nbforge.training.kernel; print(p.__file__)",
    )
    assert seen.startswith(str(path))
    assert not (path / "nbforge" / "cli").exists()
    assert overlay.overlay(bare) == path


def test_the_overlay_brings_nothing_that_the_environment_has(tmp_path: Path) -> None:
    path = overlay.overlay(interpreter.environment(Path(sys.executable), "active"))
    tops = {entry.name for entry in path.iterdir() if not entry.name.endswith(".dist-info")}
    assert tops == {"nbforge", "skops", "cloudpickle", "packaging", "prettytable", "wcwidth"}


def _prints(python: Path, code: str) -> str:
    return subprocess.run(
        [python, "-c", code], capture_output=True, text=True, check=True, cwd=python.parent
    ).stdout.strip()
