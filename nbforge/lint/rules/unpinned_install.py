"""A package is installed without a version.

`!pip install x` installs another version next month, into the environment of whoever runs the notebook, and the build
locks what it finds there. `-r requirements.txt`, `-e .`, local files and wheels are not looked at, and neither are
pip and uv themselves.

**Example**

    !pip install lightgbm shap

**Fix**: name the version (`lightgbm==4.5.0`), or move it to the project's `requirements.txt`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from nbforge.lint.model import Problem, Severity
from nbforge.lint.subject import Subject

CODE = "NBF402"
SEVERITY: Severity = "warning"

_PIP = re.compile(r"(?:^|[;&|(]\s*)(?:sudo\s+)?(?:\S+\s+-m\s+)?(?:uv\s+)?pip3?\s+install\s")
_CONDA = re.compile(r"(?:^|[;&|(]\s*)(?:conda|mamba|micromamba)\s+install\s")
_WITH_VALUE = re.compile(
    r"-[rceiftnp]|--(?:requirement|constraint|editable|index-url|extra-index-url|find-links|target|prefix|root|platform|"
    r"python-version|implementation|abi|trusted-host|proxy|timeout|retries|cache-dir|log|channel|name|python|only-binary|"
    r"no-binary|progress-bar)"
)
_END = re.compile(r"[;&|]|\d?>")  # the command ends, or its output goes elsewhere
_TOOLS = frozenset({"pip", "uv", "setuptools", "wheel"})


def check(subject: Subject) -> Iterator[Problem]:
    """Every such command that runs."""
    for command in subject.commands:
        found = [(match.end(), False) for match in _PIP.finditer(command.text)]
        found += [(match.end(), True) for match in _CONDA.finditer(command.text)]
        loose = [name for end, conda in found for name in _requirements(command.text[end:]) if _loose(name, conda)]
        if loose:
            names = ", ".join(f"`{name}`" for name in loose)
            verb = "is" if len(loose) == 1 else "are"
            message = f"{names} {verb} installed without a version."
            remedy = "Name the version, or move it to requirements.txt."
            yield Problem(message, remedy, command.cell, command.line, None, command.line)


def _requirements(text: str) -> list[str]:
    try:
        words = shlex.split(text, comments=True)
    except ValueError:
        words = text.split()
    found = []
    skip = False
    for word in words:
        if _END.match(word):
            break
        if skip:
            skip = False
        elif _WITH_VALUE.fullmatch(word):
            skip = True
        elif not word.startswith("-"):
            found.append(word.rstrip(";"))
        if word.endswith(";"):
            break
    return found


def _loose(requirement: str, conda: bool) -> bool:
    if re.match(r"[./~$]|[A-Za-z]:\\|file:", requirement) or re.search(
        r"[{}$]|\.(?:whl|zip|tar\.gz|txt|yml)$", requirement
    ):
        return False
    if re.match(r"(?:git|hg|svn|bzr)\+", requirement) or " @ git+" in requirement:
        return "@" not in re.sub(r"^.*?://[^/]*", "", requirement)
    if "://" in requirement:
        return False
    if re.split(r"[\[=<>~!]", requirement)[0].strip() in _TOOLS:
        return False
    return "=" not in requirement if conda else not re.search(r"===?|~=|<", requirement)
