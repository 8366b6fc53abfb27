"""Credentials: what they look like (``secrets.toml``), and how they are shown without being told."""

from __future__ import annotations

import ast
import math
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from nbforge.notebook.source import BrokenSourceError, split

_PASSWORDS = re.compile(
    r"(?:^|[_\W])(?:pass(?:word|wd|phrase)|pwd|client_?secret|secret_?key|db_?pass)$", re.IGNORECASE
)
_KEYS = re.compile(
    r"(?:^|[_\W])(?:api_?key|apikey|access_?key|auth_?token|access_?token|api_?token|bearer_?token|token|secret|private_?key|account_?key"
    r"|credential)s?$",
    re.IGNORECASE,
)
_ENV = re.compile(r"^\s*%(?:set_)?env\s+(?P<name>\w+)[\s=]+(?P<value>\S+)\s*$", re.MULTILINE)
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class Secret:
    """One credential: what it is, itself, and where in the text it begins."""

    what: str
    value: str
    start: int

    @property
    def masked(self) -> str:
        """Enough to find it again, never enough to use it."""
        return masked(self.value)


def masked(value: str) -> str:
    """The first four characters of a long secret and nothing of a short one."""
    return f"{value[:4]}..." if len(value) >= 16 else "***"


def in_text(text: str) -> Iterator[Secret]:
    """Tokens that are known by their form."""
    plain = _ANSI.sub(lambda match: " " * len(match[0]), text)
    seen: list[tuple[int, int]] = []
    for what, pattern, hints in _tokens():
        if hints and not any(hint in plain for hint in hints):
            continue
        for match in pattern.finditer(plain):
            group = "secret" if "secret" in pattern.groupindex else 0
            start, end = match.span(group)
            if placeholder(match[group]) or any(a < end and start < b for a, b in seen):
                continue
            seen.append((start, end))
            yield Secret(what, match[group], start)


def in_source(source: str) -> Iterator[Secret]:
    """Tokens, and texts that are bound to names which say that they are secret."""
    found = list(in_text(source))
    taken = {secret.value for secret in found}
    for secret in (*_assigned(source), *_environment(source)):
        if not any(secret.value in value or value in secret.value for value in taken):
            taken.add(secret.value)
            found.append(secret)
    yield from sorted(found, key=lambda secret: secret.start)


def placeholder(value: str) -> bool:
    """Whether ``value`` only stands where a credential will be."""
    words, whole = _placeholders()
    lowered = value.lower().strip()
    if lowered in whole or any(word in lowered for word in words) or len(set(lowered)) < 3:
        return True
    return bool(re.fullmatch(r"[<\[{(].*[>\]})]|.*[{<$].*[}>].*|\$\w+|%\(?\w+.*", lowered, re.DOTALL))


def entropy(value: str) -> float:
    """Shannon entropy of the characters, in bits (C. E. Shannon, 1948)."""
    counts = Counter(value).values()
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts)


def _assigned(source: str) -> Iterator[Secret]:
    try:
        cell = split(source)
    except BrokenSourceError:
        return
    for piece in cell.pieces:
        for node in ast.walk(piece.node):
            for name, value in _pairs(node):
                what = _judge(name, value.value, strict=isinstance(node, ast.Dict))
                at = source.find(value.value) if isinstance(value.value, str) else -1
                if what and at >= 0 and isinstance(value.value, str):
                    yield Secret(what, value.value, at)


def _pairs(node: ast.AST) -> Iterator[tuple[str, ast.Constant]]:
    """Names with the literal that each is given."""
    match node:
        case ast.Assign(targets=targets, value=ast.Constant() as value):
            yield from ((_name(target), value) for target in targets)
        case ast.AnnAssign(target=target, value=ast.Constant() as value):
            yield _name(target), value
        case ast.keyword(arg=str(name), value=ast.Constant() as value):
            yield name, value
        case ast.Dict(keys=keys, values=values):
            for key, item in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(item, ast.Constant):
                    yield str(key.value), item


def _name(target: ast.expr) -> str:
    match target:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
    return ""


def _environment(source: str) -> Iterator[Secret]:
    for match in _ENV.finditer(source):
        what = _judge(match["name"], match["value"].strip("\"'"), strict=False)
        if what:
            yield Secret(what, match["value"].strip("\"'"), match.start("value"))


def _judge(name: str, value: object, strict: bool) -> str:
    """What a text is that is bound to ``name``; ``strict``: names are data, such as columns, and prove less."""
    if not isinstance(value, str) or not 4 <= len(value) <= 400 or re.search(r"\s", value) or placeholder(value):
        return ""
    mixed = bool(re.search(r"\d|[^\w.]", value))
    if _PASSWORDS.search(name) and (mixed or not strict):
        return "a password"
    if (
        _KEYS.search(name)
        and len(value) >= 16
        and re.search(r"\d", value)
        and entropy(value) >= 3.2
        and "/" not in value[:2]
    ):
        return "a key"
    return ""


@cache
def _tokens() -> tuple[tuple[str, re.Pattern[str], tuple[str, ...]], ...]:
    return tuple((raw["what"], re.compile(raw["pattern"]), tuple(raw.get("hints", ()))) for raw in _table()["token"])


@cache
def _placeholders() -> tuple[tuple[str, ...], frozenset[str]]:
    raw = _table()["placeholders"]
    return tuple(raw["words"]), frozenset(raw["whole"])


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "secrets.toml").read_text(encoding="utf-8"))
