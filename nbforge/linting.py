"""``nbforge lint``: which notebooks, which options, fixed where asked, and told in one of the formats."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from nbforge.errors import UsageError
from nbforge.lint.model import SEVERITIES, Finding
from nbforge.values import Json

FORMATS: Final = ("text", "json", "sarif", "github")
_FOREIGN: Final = ("pyvenv.cfg", "bundle.json")  # a folder with one of these is not the project's own


@dataclass(frozen=True, slots=True)
class Report:
    """What was found. ``fixed`` counts problems that are gone; ``failed``: something is at least as bad as allowed."""

    notebooks: tuple[str, ...]
    findings: tuple[Finding, ...]
    fixed: int
    failed: bool


def lint(
    targets: Sequence[Path],
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    fail_on: str | None = None,
    fix: bool = False,
    clear_outputs: bool = False,
) -> Report:
    """Lint notebooks, and those in folders.

    Args:
        targets: files and folders; the working directory where there are none.
        select: codes, or beginnings of codes, of the rules that hold.
        ignore: the same, of rules that do not hold.
        fail_on: the least severity that fails, or ``never``.
        fix: repair what can be repaired safely.
        clear_outputs: repair by clearing outputs, too.

    Raises:
        UsageError: an option or a key that does not exist.
        NotebookError: a file that was named cannot be opened.
    """
    from nbforge.lint import engine, options

    notebooks = _notebooks(targets or [Path()])
    findings: list[Finding] = []
    fixed, failed = 0, False
    for path in notebooks:
        shown = _shown(path)
        held = options.load(path, select, ignore, fail_on)
        found = engine.lint(path, shown, held)
        while (fix or clear_outputs) and (done := _fix(path, found, fix, clear_outputs)):  # one a line, each time
            fixed += done
            found = engine.lint(path, shown, held)
        failed = failed or _fails(found, held.fail_on)
        findings += [_offered(finding, clear_outputs) for finding in found]
    return Report(tuple(_shown(path) for path in notebooks), tuple(findings), fixed, failed)


def render(report: Report, form: str, colour: bool = False) -> str:
    """The report in one of :data:`FORMATS`."""
    from nbforge.lint.formats import github, people, plain_json, sarif

    def dumped(value: Json) -> str:
        return json.dumps(value, ensure_ascii=False, indent=2 if form == "sarif" else None)

    if form == "json":
        return dumped(plain_json.value(report.findings, report.notebooks, report.fixed))
    if form == "sarif":
        return dumped(sarif.value(report.findings))
    if form == "github":
        return github.render(report.findings)
    if form == "text":
        return people.render(report.findings, len(report.notebooks), report.fixed, colour)
    raise UsageError(
        f"`--format {form}` is none of {', '.join(FORMATS)}",
        remedy="For example: --format sarif",
        code="wrong-value",
        name="format",
    )


def _notebooks(targets: Sequence[Path]) -> list[Path]:
    found: dict[Path, None] = {}
    for target in targets:
        found |= dict.fromkeys(_below(target) if target.is_dir() else [target])
    return list(found)


def _below(folder: Path) -> list[Path]:
    """Notebooks in a folder, without copies that Jupyter keeps, bundles and environments."""
    found = []
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in {"node_modules", "__pycache__"}
            and not any((Path(root) / name / mark).exists() for mark in _FOREIGN)
        )
        found += [Path(root) / name for name in sorted(files) if name.endswith(".ipynb") and not name.startswith(".")]
    return found


def _shown(path: Path) -> str:
    """Below the working directory as it is seen from there, which is what reviews and code scanning go by."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_absolute() and path.is_relative_to(here) else str(path)


def _fails(findings: Sequence[Finding], fail_on: str) -> bool:
    if fail_on == "never":
        return False
    least = [*SEVERITIES].index(fail_on)  # type: ignore[arg-type]
    return any(SEVERITIES.index(finding.severity) >= least for finding in findings)


def _offered(finding: Finding, clear_outputs: bool) -> Finding:
    """Without a fix that would have to be asked for by name."""
    clears = finding.fix is not None and finding.fix.part == "outputs"
    return replace(finding, fix=None) if clears and not clear_outputs else finding


def _fix(path: Path, findings: Sequence[Finding], fix: bool, clear_outputs: bool) -> int:
    from nbforge.lint import fixing
    from nbforge.notebook import rewriting

    def asked(part: str) -> bool:
        return clear_outputs if part == "outputs" else fix

    wanted = [finding.fix for finding in findings if finding.fix is not None and asked(finding.fix.part)]
    if not wanted:
        return 0
    before = path.read_bytes()
    after, done = fixing.fixed(before, wanted)
    if after == before:
        return 0
    rewriting.replace(path, before, after)
    return done
