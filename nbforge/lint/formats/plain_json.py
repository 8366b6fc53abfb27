"""For programs: one JSON object."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from nbforge.lint.model import Finding
from nbforge.values import Json


def value(findings: Sequence[Finding], notebooks: Sequence[str], fixed: int = 0) -> Json:
    """``{"notebooks", "fixed", "findings"}``; each finding with its fields, ``fixable`` in place of the fix."""
    return {"notebooks": list(notebooks), "fixed": fixed, "findings": [_finding(finding) for finding in findings]}


def _finding(finding: Finding) -> Json:
    told = asdict(finding)
    told["fixable"] = told.pop("fix") is not None
    return told
