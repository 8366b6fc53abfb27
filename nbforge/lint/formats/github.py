"""Workflow commands of GitHub Actions: annotations at the lines of the file that a review shows."""

from __future__ import annotations

from collections.abc import Sequence

from nbforge.lint.model import Finding

_LEVELS = {"error": "error", "warning": "warning", "info": "notice"}


def render(findings: Sequence[Finding]) -> str:
    """One line a finding."""
    return "\n".join(_line(finding) for finding in findings)


def _line(finding: Finding) -> str:
    where = "" if finding.cell is None else f"cell {finding.cell}"
    where += f", line {finding.line}" if finding.line is not None else ""
    title = f"{finding.rule} {finding.name}" + (f" ({where})" if where else "")
    properties = {"file": finding.notebook, "line": str(finding.file_line), "title": title}
    given = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{_LEVELS[finding.severity]} {given}::{_data(f'{finding.message} {finding.remedy}')}"


def _data(text: str) -> str:
    """Escapes of the message, as actions/toolkit has them."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
