"""For people: by notebook and cell, with the line of source."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from nbforge.lint.model import Finding

_COLOURS = {"error": "31;1", "warning": "33;1", "info": "36", "bold": "1", "dim": "2"}


def render(findings: Sequence[Finding], notebooks: int, fixed: int = 0, colour: bool = False) -> str:
    """The findings, and one line that counts them."""

    def paint(text: str, style: str) -> str:
        return f"\x1b[{_COLOURS[style]}m{text}\x1b[0m" if colour else text

    lines: list[str] = []
    for notebook, group in groupby(findings, key=lambda finding: finding.notebook):
        lines.append(paint(notebook, "bold"))
        for finding in group:
            head = f"  {_where(finding)}: {paint(finding.severity, finding.severity)} {finding.rule} {finding.message}"
            lines += [head, *([f"      {paint(finding.excerpt.strip(), 'dim')}"] if finding.excerpt.strip() else [])]
            lines.append(f"      {finding.remedy}")
        lines.append("")
    return "\n".join([*lines, _summary(findings, notebooks, fixed)])


def _where(finding: Finding) -> str:
    if finding.cell is None:
        return "notebook"
    return f"cell {finding.cell}" + (f", line {finding.line}" if finding.line is not None else "")


def _summary(findings: Sequence[Finding], notebooks: int, fixed: int) -> str:
    said = [
        _count(sum(finding.severity == severity for finding in findings), word)
        for severity, word in (("error", "error"), ("warning", "warning"), ("info", "note"))
    ]
    counted = ", ".join(each for each in said if each) or "nothing to complain about"
    fixable = sum(finding.fix is not None for finding in findings)
    tail = f" {_count(fixed, 'problem')} fixed." if fixed else ""
    tail += f" {fixable} can be fixed with --fix." if fixable else ""
    return f"{_count(notebooks, 'notebook') or 'no notebook'}: {counted}.{tail}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}" if number else ""
