"""Tries the rules on one notebook."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nbforge.errors import NotebookError
from nbforge.lint import positions, secrets, suppression
from nbforge.lint.document import Document, language_differs, load
from nbforge.lint.model import Finding, Problem, Rule, Severity
from nbforge.lint.options import Options
from nbforge.lint.registry import all_rules, name_of
from nbforge.lint.rules import unreadable, unused_suppression
from nbforge.lint.subject import Subject


def lint(path: Path, shown: str, options: Options) -> list[Finding]:
    """Every finding in one notebook, in the order of its cells.

    Args:
        path: the file.
        shown: how findings name it.
        options: which rules hold.

    Raises:
        NotebookError: the file is not there or cannot be opened. One that is no notebook is a finding.
    """
    try:
        document = load(path)
    except NotebookError as error:
        if error.code == "unreadable-notebook":
            raise
        if not options.holds(unreadable.CODE, path):
            return []
        severity: Severity = "info" if language_differs(error) else unreadable.SEVERITY
        severity = options.severity.get(unreadable.CODE, severity)
        name = name_of(unreadable)
        return [Finding(unreadable.CODE, name, severity, shown, error.message, error.remedy)]
    found = list(_findings(document, path, shown, options))
    return sorted(
        found, key=lambda finding: (-1 if finding.cell is None else finding.cell, finding.line or 0, finding.rule)
    )


def _findings(document: Document, path: Path, shown: str, options: Options) -> Iterator[Finding]:
    subject = Subject(document, options.max_output_kb)
    ignores = suppression.suppressions(document.cells)
    teller = _Teller(document, shown, options)
    tried: list[str] = []
    known = [rule.CODE for rule in all_rules()]
    for rule in all_rules():
        if not options.holds(rule.CODE, path):
            continue
        tried.append(rule.CODE)
        for problem in rule.check(subject):
            covering = [each for each in ignores if each.covers(rule.CODE, problem)]
            for each in covering:
                each.used.add(rule.CODE)
            if not covering:
                yield teller.tell(rule, problem)
    if unused_suppression.CODE in tried:
        for problem in unused_suppression.unused(ignores, tried, known):
            yield teller.tell(unused_suppression, problem)


class _Teller:
    """Makes findings of problems. No secret of the notebook is in what they say or show."""

    def __init__(self, document: Document, shown: str, options: Options) -> None:
        self.document = document
        self.shown = shown
        self.options = options
        self.lines = positions.Lines(document.content)
        self.hidden = sorted(
            {
                (secret.value, secret.masked)
                for cell in document.cells
                for secret in secrets.in_source(cell.cell.source)
            },
            key=lambda pair: -len(pair[0]),
        )

    def tell(self, rule: Rule, problem: Problem) -> Finding:
        """The finding."""
        return Finding(
            rule=rule.CODE,
            name=name_of(rule),
            severity=self.options.severity.get(rule.CODE) or problem.severity or rule.SEVERITY,
            notebook=self.shown,
            message=self._safe(problem.message),
            remedy=self._safe(problem.remedy),
            cell=problem.cell,
            line=problem.line,
            column=problem.column,
            end_line=problem.end_line,
            excerpt=self._excerpt(problem),
            file_line=self.lines.of(problem.cell, problem.line),
            fix=problem.fix,
        )

    def _excerpt(self, problem: Problem) -> str:
        if problem.cell is None or problem.line is None:
            return ""
        lines = self._safe(self.document.cells[problem.cell].cell.source).splitlines()
        return lines[problem.line - 1].rstrip() if 0 < problem.line <= len(lines) else ""

    def _safe(self, text: str) -> str:
        for value, mask in self.hidden:
            text = text.replace(value, mask)
        return text
