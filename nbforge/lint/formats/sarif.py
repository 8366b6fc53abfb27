"""SARIF 2.1.0, as code scanning reads it (OASIS Standard, errata 01)."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from nbforge import __version__
from nbforge.lint.model import Finding, Rule
from nbforge.lint.registry import all_rules, manual, name_of, summary
from nbforge.values import Json

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def value(findings: Sequence[Finding]) -> Json:
    """The log of one run."""
    rules = all_rules()
    seen: Counter[str] = Counter()
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "nbforge",
                        "semanticVersion": __version__,
                        "rules": [_rule(rule) for rule in rules],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(finding, [rule.CODE for rule in rules], seen) for finding in findings],
            }
        ],
    }


def _rule(rule: Rule) -> Json:
    return {
        "id": rule.CODE,
        "name": "".join(part.capitalize() for part in name_of(rule).split("-")),
        "shortDescription": {"text": summary(rule)},
        "fullDescription": {"text": re.sub(r"\s+", " ", manual(rule).split("\n\n")[1])},
        "help": {"text": manual(rule), "markdown": manual(rule)},
        "helpUri": f"docs/reference/lint.md#{rule.CODE.lower()}-{name_of(rule)}",
        "defaultConfiguration": {"level": _LEVELS[rule.SEVERITY]},
    }


def _result(finding: Finding, codes: Sequence[str], seen: Counter[str]) -> Json:
    """One finding. Its region is in the file; cell and line of the cell are its logical location."""
    where = f"{finding.notebook}#{finding.cell}"
    named = {"kind": "module", "name": f"cell {finding.cell}", "fullyQualifiedName": where}
    if finding.line is not None:
        named["name"] += f", line {finding.line}"
    return {
        "ruleId": finding.rule,
        "ruleIndex": codes.index(finding.rule),
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.message} {finding.remedy}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(finding.notebook)},
                    "region": {"startLine": finding.file_line},
                },
                **({"logicalLocations": [named]} if finding.cell is not None else {}),
            }
        ],
        "partialFingerprints": {"nbforgeFinding/v1": _fingerprint(finding, seen)},
        "properties": {"cell": finding.cell, "line": finding.line, "column": finding.column},
    }


def _uri(notebook: str) -> str:
    path = Path(notebook)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def _fingerprint(finding: Finding, seen: Counter[str]) -> str:
    """Stays the same when cells are added above: what is found where in which text, counted where it is there twice."""
    same = "\n".join(
        [finding.rule, finding.notebook, finding.excerpt.strip(), re.sub(r"\bcell \d+", "cell", finding.message)]
    )
    seen[same] += 1
    return hashlib.sha256(f"{same}\n{seen[same]}".encode()).hexdigest()[:32]
