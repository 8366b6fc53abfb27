"""What rules know of libraries: ``libraries.toml``."""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from nbforge.lint.calls import Call


@cache
def table() -> dict[str, Any]:
    """The file."""
    return tomllib.loads((Path(__file__).parent / "libraries.toml").read_text(encoding="utf-8"))


def draws_unless(call: Call) -> tuple[str, ...]:
    """The keywords of which one would make a call repeatable; none where it draws nothing."""
    for entry in table()["draws"]:
        if call.name in entry["names"] and call.path.startswith(f"{entry['module']}."):
            return tuple(entry["unless"]) if _draws(call, entry) else ()
    return ()


def _draws(call: Call, entry: dict[str, Any]) -> bool:
    never = any(_literal(call.keyword(name)) == value for name, value in entry.get("never", {}).items())
    only = all(_literal(call.keyword(name)) in values for name, values in entry.get("only", {}).items())
    return only and not never


def _literal(node: ast.expr | None) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def network(call: Call) -> bool:
    """Whether a call goes to the network."""
    known = table()["network"]
    path = call.path
    if path.startswith("."):
        return False
    head = path.split(".", maxsplit=1)[0]
    if head in known["modules"] and "." in path and not set(path.split(".")) & set(known["quiet"]):
        return True
    if path in known["names"] or any(re.fullmatch(pattern, path) for pattern in known["patterns"]):
        return True
    downloads = any(path.startswith(f"{module}.") for module in known["downloads"])
    return downloads and _literal(call.keyword("download")) is True


def network_command(text: str) -> str:
    """The program of a shell command that goes to the network."""
    pattern = "|".join(table()["network"]["commands"])
    match = re.search(rf"(?:^|[;&|]\s*)(?:sudo\s+)?({pattern})(?=\s)", text)
    return match[1] if match else ""
