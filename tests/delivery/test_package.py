"""The package that users install: its exact contents, and that it runs in an environment of its own."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

import nbforge

ROOT = Path(__file__).resolve().parents[2]
LIST = Path(__file__).with_name("contents.txt")
pytestmark = pytest.mark.xdist_group("package")


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(target)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return target


@pytest.fixture(scope="session")
def wheel(distributions: Path) -> Path:
    return next(distributions.glob("*.whl"))


def _section(name: str) -> list[str]:
    """The patterns of a section of contents.txt."""
    lines = LIST.read_text("utf-8").splitlines()
    start = lines.index(f"[{name}]") + 1
    end = next((i for i, line in enumerate(lines[start:], start) if line.startswith("[")), len(lines))
    return [line for line in lines[start:end] if line and not line.startswith("#")]


def _compare(names: Iterable[str], patterns: list[str]) -> None:
    """Every file matches a pattern and every pattern a file; ``*`` stops at a slash, ``**`` does not."""
    compiled = {text: _compile(text) for text in patterns}
    names = sorted(names)
    assert not [name for name in names if not any(p.fullmatch(name) for p in compiled.values())], "files nobody expects"
    assert not [text for text, p in compiled.items() if not any(map(p.fullmatch, names))], "files that are missing"


def _compile(pattern: str) -> re.Pattern[str]:
    stars = {"**": ".*", "*": "[^/]*"}
    return re.compile("".join(stars.get(part, re.escape(part)) for part in re.split(r"(\*\*|\*)", pattern)))


def test_the_wheel_holds_exactly_what_it_should(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = [name.replace(nbforge.__version__, "VERSION") for name in archive.namelist()]
    _compare(names, _section("wheel"))


def test_every_module_and_template_of_the_checkout_is_in_the_wheel(wheel: Path) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "nbforge", "service_templates", "ci"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    expected = {name if name.startswith("nbforge/") else f"nbforge/_data/{name}" for name in tracked}
    with zipfile.ZipFile(wheel) as archive:
        assert not expected - set(archive.namelist())


def test_the_source_distribution_holds_exactly_what_it_should(distributions: Path) -> None:
    with tarfile.open(next(distributions.glob("*.tar.gz"))) as archive:
        names = [member.name.split("/", 1)[1] for member in archive.getmembers() if member.isfile()]
    _compare(names, _section("sdist"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` of a clean environment with the wheel and the locked versions of its dependencies."""
    target = tmp_path_factory.mktemp("clean") / "venv"
    venv.create(target, with_pip=False, symlinks=True)
    uv = Path(sys.executable).with_name("uv")
    lock = (ROOT / "requirements-dev.lock").read_text("utf-8")
    constraints = target / "constraints.txt"
    constraints.write_text(re.sub(r"^ +.*\n", "", lock.replace(" \\\n", "\n"), flags=re.MULTILINE))
    python = target / "bin" / "python"
    command: list[str | Path] = [
        uv,
        "pip",
        "install",
        "--quiet",
        "--python",
        python,
        "--constraint",
        constraints,
        "--compile-bytecode",
        wheel,
    ]
    subprocess.run(command, check=True, capture_output=True)
    return target / "bin"


def test_an_installed_wheel_runs(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run([installed / "nbforge", "--help"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "build" in done.stdout


@pytest.mark.parametrize("name", ["service_templates", "ci"])
def test_an_installed_wheel_finds_its_data(installed: Path, tmp_path: Path, name: str) -> None:
    code = f"from nbforge.resources import path; print(path({name!r}))"
    done = subprocess.run([installed / "python", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()).is_relative_to(installed.parent)


def test_help_is_quick(installed: Path) -> None:
    """At most a quarter of a second of the processor over an interpreter that does nothing; the best of five."""
    python = _best([installed / "python", "-c", "pass"])
    assert _best([installed / "nbforge", "--help"]) - python <= 0.25


def _best(command: list[str | Path]) -> float:
    def once() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return min(once() for _ in range(5))
