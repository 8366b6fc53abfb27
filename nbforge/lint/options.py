"""``[tool.nbforge.lint]``: which rules hold, how much they weigh, and where they do not."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from nbforge import project
from nbforge.errors import UsageError
from nbforge.keys import Key
from nbforge.lint.model import SEVERITIES, Severity
from nbforge.lint.registry import all_rules
from nbforge.values import Json

KEYS: Final[tuple[Key, ...]] = (
    Key(
        "select",
        "list of text",
        "Codes, or beginnings of codes, of the rules that hold.",
        "every rule",
        flag="--select",
    ),
    Key(
        "ignore",
        "list of text",
        "Codes, or beginnings of codes, of the rules that do not hold.",
        "none",
        flag="--ignore",
    ),
    Key(
        "severity",
        "table",
        "A severity by code, where it differs from the rule's: `error`, `warning` or `info`.",
        "none",
    ),
    Key("per-notebook-ignores", "table", "By pattern of a notebook's path, the codes that do not hold there.", "none"),
    Key("max-output-kb", "integer", "How large the outputs of one cell may be, in kilobytes (NBF105).", "500"),
    Key(
        "fail-on", "text", "The least severity that fails.", "warning", choices=(*SEVERITIES, "never"), flag="--fail-on"
    ),
)


@dataclass(frozen=True, slots=True)
class Options:
    """The configuration, checked. ``folder`` is where the patterns of ``per_notebook`` start."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    per_notebook: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    max_output_kb: int = 500
    fail_on: str = "warning"
    folder: Path = field(default_factory=Path.cwd)

    def holds(self, code: str, notebook: Path) -> bool:
        """Whether the rule is to be tried on a notebook."""
        if self.select and not code.startswith(self.select):
            return False
        if self.ignore and code.startswith(self.ignore):
            return False
        return not any(
            code.startswith(codes) for glob, codes in self.per_notebook.items() if self._matches(notebook, glob)
        )

    def _matches(self, notebook: Path, pattern: str) -> bool:
        path = notebook.resolve()
        inside = path.relative_to(self.folder).as_posix() if path.is_relative_to(self.folder) else path.as_posix()
        return fnmatch.fnmatch(inside, pattern) or fnmatch.fnmatch(path.name, pattern)


def load(notebook: Path, select: Sequence[str] = (), ignore: Sequence[str] = (), fail_on: str | None = None) -> Options:
    """The options that hold for a notebook; flags win over ``[tool.nbforge.lint]``.

    Raises:
        UsageError: a key, a code or a value that does not exist.
    """
    where = "tool.nbforge.lint"
    table, file = project.section(notebook, "lint", KEYS)
    severity = {
        _code(code, where): _severity(value, f"{where}.severity", code)
        for code, value in table.get("severity", {}).items()
    }
    ignores = table.get("per-notebook-ignores", {})
    options = Options(
        select=_prefixes(table.get("select", ()), f"select in [{where}]"),
        ignore=_prefixes(table.get("ignore", ()), f"ignore in [{where}]"),
        severity=severity,
        per_notebook={
            glob: _prefixes(_listed(codes, glob), f"[{where}.per-notebook-ignores]") for glob, codes in ignores.items()
        },
        max_output_kb=table.get("max-output-kb", 500),
        fail_on=table.get("fail-on", "warning"),
        folder=file.parent if file is not None else Path.cwd(),
    )
    if select:
        options = replace(options, select=_prefixes(select, "--select"))
    if ignore:
        options = replace(options, ignore=(*options.ignore, *_prefixes(ignore, "--ignore")))
    return replace(options, fail_on=_checked(fail_on)) if fail_on else options


def _checked(fail_on: str) -> str:
    choices = (*SEVERITIES, "never")
    if fail_on not in choices:
        raise UsageError(
            f"`--fail-on {fail_on}` is none of {', '.join(choices)}",
            remedy=project.suggestion(fail_on, choices) or "For example: --fail-on error",
            code="wrong-value",
            name="fail-on",
        )
    return fail_on


def _prefixes(codes: Sequence[str], where: str) -> tuple[str, ...]:
    known = [rule.CODE for rule in all_rules()]
    for code in codes:
        if not any(each.startswith(code.upper()) for each in known):
            raise _unknown(code, where, known)
    return tuple(code.upper() for code in codes)


def _code(code: str, where: str) -> str:
    known = [rule.CODE for rule in all_rules()]
    if code.upper() not in known:
        raise _unknown(code, f"[{where}.severity]", known)
    return code.upper()


def _unknown(code: str, where: str, known: Sequence[str]) -> UsageError:
    return UsageError(
        f"`{code}` in {where} is no rule",
        remedy=project.suggestion(code.upper(), known) or f"The rules are: {', '.join(known)}.",
        code="unknown-rule",
        name=code,
    )


def _severity(value: Json, where: str, code: str) -> Severity:
    for severity in SEVERITIES:
        if value == severity:
            return severity
    raise UsageError(
        f"`{code}` in [{where}] is `{value}`, which is none of {', '.join(SEVERITIES)}",
        remedy=project.suggestion(str(value), SEVERITIES) or "Write one of them.",
        code="wrong-value",
        name=code,
    )


def _listed(codes: Json, pattern: str) -> list[str]:
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        raise UsageError(
            f"`{pattern}` in [tool.nbforge.lint.per-notebook-ignores] must be a list of text",
            remedy='For example: "drafts/*.ipynb" = ["NBF3"]',
            code="wrong-type",
            name=pattern,
        )
    return codes
