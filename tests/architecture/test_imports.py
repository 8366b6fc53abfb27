"""The directions of the rooms hold, and the two programs that are not modules are called from one room only."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "nbforge"


def test_every_import_goes_in_its_direction() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("program", "room"), [pytest.param("uv", "environments", id="uv"), pytest.param("docker", "images", id="docker")]
)
def test_a_program_is_started_from_one_room(program: str, room: str) -> None:
    strangers = [
        str(path.relative_to(ROOT))
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).parts[0] != room and _starts(path, program)
    ]
    assert not strangers, f"only nbforge.{room} may start {program}"


def _starts(path: Path, program: str) -> bool:
    """Whether a list or tuple of words, as subprocesses take it, begins with the program's name."""
    lists = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.List | ast.Tuple))
    heads = (node.elts[0] for node in lists if len(node.elts) > 1)
    return (
        any(isinstance(head, ast.Constant) and head.value == program for head in heads)
        and "subprocess" in path.read_text()
    )


def test_the_runtime_loads_nothing_heavy() -> None:
    heavy = ("nbformat", "nbconvert", "papermill", "docker", "typer", "rich")
    code = (
        "import sys, pkgutil, importlib, nbforge.runtime as r\n"
        "for m in pkgutil.walk_packages(r.__path__, 'nbforge.runtime.'):\n"
        "    importlib.import_module(m.name)\n"
        f"print([n for n in {heavy!r} if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
