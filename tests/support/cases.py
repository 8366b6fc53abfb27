"""Whole-program cases: a folder with a notebook and an ``expect.toml`` (see ``sample_notebooks/README.md``)."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support import notebooks
from tests.support.cli import Nbforge, Outcome

_LEFT_BEHIND = shutil.ignore_patterns("expect.toml", "build", "__pycache__", ".ipynb_checkpoints")


@dataclass(frozen=True, slots=True)
class Case:
    """A case as it lies in the repository."""

    folder: Path
    expect: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    def section(self, name: str) -> Mapping[str, Any]:
        """A table of ``expect.toml``, empty when it is not there."""
        return self.expect.get(name, {})  # type: ignore[no-any-return]

    @property
    def exits(self) -> tuple[int, ...]:
        """The exit codes that are right."""
        code = self.section("build").get("exit", 0)
        return tuple(code) if isinstance(code, list) else (code,)

    def lay_out(self, target: Path) -> Project:
        """Copy the case to ``target``, notebooks made from their text."""
        shutil.copytree(self.folder, target, ignore=_LEFT_BEHIND)
        for path in sorted(target.glob("*.py")):
            if notebooks.is_text_notebook(path):
                kernelspec = self.expect.get("kernelspec", notebooks.PYTHON)
                notebooks.write(path.with_suffix(".ipynb"), path.read_text(encoding="utf-8"), kernelspec)
                path.unlink()
        names = self.section("build").get("notebooks") or sorted(path.name for path in target.glob("*.ipynb"))
        return Project(self, target, tuple(names))


@dataclass(frozen=True, slots=True)
class Project:
    """A case laid out in a directory of the test."""

    case: Case
    directory: Path
    notebooks: tuple[str, ...]

    @property
    def bundle(self) -> Path:
        """Where :meth:`build` puts the bundle."""
        return self.directory / "build" / "bundle"

    def build(self, *arguments: str) -> Outcome:
        """``nbforge build --json`` of the notebooks, with the case's own words and variables."""
        build = self.case.section("build")
        words = [*self.notebooks, "-o", str(self.bundle), "--json", *build.get("args", ()), *arguments]
        env = {name: value.replace("{directory}", str(self.directory)) for name, value in build.get("env", {}).items()}
        return Nbforge(self.directory, env)("build", *words, timeout=float(build.get("seconds", 200)))


def collect(folder: Path) -> list[Case]:
    """Every case below ``folder``, by name."""
    return [Case(path.parent, tomllib.loads(path.read_text("utf-8"))) for path in sorted(folder.glob("*/expect.toml"))]
