"""What a build is asked to do: ``[tool.nbforge]`` of the nearest ``pyproject.toml``, and the flags, which win."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbforge.errors import UsageError
from nbforge.keys import INPUT_KEYS, KEYS, Key
from nbforge.values import Json

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Project:
    """One build's configuration, complete.

    ``output`` is absolute. ``rowwise`` is ``None`` where nobody said anything. ``inputs`` holds, by field, the keys of
    :data:`INPUT_KEYS` that were given.
    """

    name: str
    output: Path
    image: str | None = None
    base: str | None = None
    python: Path | None = None
    kernel: str | None = None
    env: tuple[str, ...] = ()
    rowwise: bool | None = None
    examples: str = "synthetic"
    reuse_network_runs: bool = False
    inputs: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    unknown_fields: str = "refuse"
    formats: tuple[str, ...] = ()
    private: tuple[str, ...] = ()
    tracing: bool = False
    compile_to: str | None = None

    def capture_options(self) -> dict[str, Json]:
        """What the kernel's side needs to know, as JSON."""
        return {
            "examples": self.examples,
            "rowwise": self.rowwise,
            "inputs": {name: dict(policies) for name, policies in self.inputs.items()},
            "unknown_fields": self.unknown_fields,
            "formats": list(self.formats),
            "private": list(self.private),
            "tracing": self.tracing,
            "compile": self.compile_to,
        }


def load(notebooks: Sequence[Path], flags: Mapping[str, Json]) -> Project:
    """Read the configuration that holds for these notebooks.

    Args:
        notebooks: at least one; the nearest ``pyproject.toml`` at or above the first one's folder is read.
        flags: values by key of :data:`KEYS`, only those that were given. Relative paths in them start at the working
            directory, those of the file at the file's directory.

    Raises:
        UsageError: the file is broken, a key is unknown, a value has the wrong type.
    """
    file = _nearest(notebooks[0].resolve().parent)
    table = _read(file) if file else {}
    _check(table, KEYS, "tool.nbforge", file)
    policies = {name: _policies(name, given, file) for name, given in table.get("inputs", {}).items()}

    def path(key: str) -> Path | None:
        if flags.get(key) is not None:
            return Path.cwd() / Path(flags[key]).expanduser()
        return file.parent / Path(table[key]).expanduser() if file and key in table else None

    values: dict[str, Any] = {**table, **{key: value for key, value in flags.items() if value is not None}}
    name = values.get("name") or slug(notebooks[-1].stem)
    return Project(
        name=_checked_name(name),
        output=_normal(path("output") or Path.cwd() / "build" / name),
        image=values.get("image"),
        base=values.get("base"),
        python=_interpreter(values.get("python"), path("python")),
        kernel=values.get("kernel"),
        env=tuple(dict.fromkeys([*table.get("env", ()), *(flags.get("env") or ())])),
        rowwise=values.get("rowwise"),
        examples=values.get("examples", "synthetic"),
        reuse_network_runs=bool(values.get("reuse-network-runs", False)),
        inputs=policies,
        unknown_fields=values.get("unknown-fields", "refuse"),
        formats=tuple(dict.fromkeys(values.get("formats", ()))),
        private=tuple(values.get("private", ())),
        tracing=bool(values.get("tracing", False)),
        compile_to=_compiler(values.get("compile")),
    )


def _compiler(name: str | None) -> str | None:
    """The flag's value is checked here, the file's has been."""
    key = next(key for key in KEYS if key.name == "compile")
    if name is not None and name not in key.choices:
        raise UsageError(
            f"`{name}` is nothing to compile to",
            remedy=f"Good values: {', '.join(key.choices)}.",
            code="wrong-value",
            name="compile",
        )
    return name


def section(notebook: Path, name: str, keys: Sequence[Key]) -> tuple[dict[str, Any], Path | None]:
    """A table below ``[tool.nbforge]`` that another part of the program reads, and the file that it is in.

    Raises:
        UsageError: as :func:`load`.
    """
    file = _nearest(notebook.resolve().parent)
    table = _read(file) if file else {}
    _check(table, KEYS, "tool.nbforge", file)
    found = table.get(name, {})
    _check(found, keys, f"tool.nbforge.{name}", file)
    return found, file


def _policies(field_name: str, given: Any, file: Path | None) -> dict[str, Json]:
    """One field's table, checked as far as that goes without the field; dates as ISO 8601 text."""
    where = f"tool.nbforge.inputs.{field_name}"
    table = _table(given, where, file)
    _check(table, INPUT_KEYS, where, file)
    found = {key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in table.items()}
    for name, reason in (
        ("pattern", _broken_pattern(found.get("pattern", ""))),
        ("max-length", "is negative" if found.get("max-length", 0) < 0 else ""),
        ("minimum", _reversed(found.get("minimum"), found.get("maximum"))),
    ):
        if reason:
            remedy = next(key.doc for key in INPUT_KEYS if key.name == name)
            raise UsageError(
                f"`{name}` in [{where}] of `{file}` {reason}", remedy=remedy, code="wrong-value", name=name
            )
    return found


def _broken_pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        return f"is no regular expression: {error}"
    return ""


def _reversed(low: Any, high: Any) -> str:
    numbers = isinstance(low, int | float) and isinstance(high, int | float)
    return "is greater than `maximum`" if numbers and low > high else ""


def slug(text: str) -> str:
    """A name for a service, an image or a host out of any text: lower-case letters, digits and single ``-``."""
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:63].strip("-")
    return name or "model"


def suggestion(word: str, known: Sequence[str]) -> str:
    """``Did you mean `x`?``, or the empty string where nothing is near."""
    from difflib import get_close_matches

    near = get_close_matches(word, known, n=1, cutoff=0.6)
    return f"Did you mean `{near[0]}`?" if near else ""


def _normal(path: Path) -> Path:
    """Absolute, without ``..``; a link at the end stays, so that it can be told from a directory."""
    return path.parent.resolve() / path.name if path.name not in ("", "..") else path.resolve()


def _interpreter(given: str | None, path: Path | None) -> Path | None:
    """A bare program's name is looked for on the search path, anything else is a path."""
    import shutil

    if given and "/" not in given and path is not None and not path.exists() and (found := shutil.which(given)):
        return Path(found)
    return path


def _nearest(folder: Path) -> Path | None:
    return next((file for parent in (folder, *folder.parents) if (file := parent / "pyproject.toml").is_file()), None)


def _read(file: Path) -> dict[str, Any]:
    import tomllib

    try:
        document = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f"`{file}` is not valid TOML: {error}",
            remedy="Correct that line.",
            code="broken-configuration",
            name=file.name,
        ) from error
    tool = document.get("tool", {})
    return _table(tool.get("nbforge", {}) if isinstance(tool, dict) else {}, "tool.nbforge", file)


def _table(value: Any, where: str, file: Path | None) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UsageError(
            f"`{where}` in `{file}` must be a table, not {_kind_of(value)}",
            remedy=f"Write it as [{where}] with keys below it.",
            code="wrong-type",
            name=where,
        )
    return value


def _check(table: Mapping[str, Any], keys: Sequence[Key], where: str, file: Path | None) -> None:
    known = {key.name: key for key in keys}
    for name, value in table.items():
        key = known.get(name)
        if key is None:
            hint = suggestion(name, tuple(known))
            raise UsageError(
                f"unknown key `{name}` in [{where}] of `{file}`",
                remedy=hint or f"The keys are: {', '.join(known)}.",
                code="unknown-key",
                name=name,
            )
        if not _fits(value, key.kind):
            raise UsageError(
                f"`{name}` in [{where}] of `{file}` must be {_article(key.kind)}, not {_kind_of(value)}",
                remedy=key.doc,
                code="wrong-type",
                name=name,
            )
        wrong = [each for each in (value if isinstance(value, list) else [value]) if each not in key.choices]
        if key.choices and wrong:
            raise UsageError(
                f"`{name}` in [{where}] of `{file}` is `{wrong[0]}`, which is none of {', '.join(key.choices)}",
                remedy=suggestion(str(wrong[0]), key.choices) or key.doc,
                code="wrong-value",
                name=name,
            )


def _fits(value: Any, kind: str) -> bool:
    if kind == "list of text":
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if kind == "value":
        return isinstance(value, str | bool | int | float | list) or _is_date(value)
    if kind == "number or date":
        return _fits(value, "number") or isinstance(value, str) or _is_date(value)
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    types: dict[str, type] = {"text": str, "boolean": bool, "integer": int, "list": list, "table": dict}
    return isinstance(value, types[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _is_date(value: Any) -> bool:
    import datetime as dt

    return isinstance(value, dt.date)


def _kind_of(value: Any) -> str:
    names = {bool: "a boolean", str: "text", int: "an integer", float: "a number", list: "a list", dict: "a table"}
    return names.get(type(value), f"a {type(value).__name__}")


def _article(kind: str) -> str:
    return kind if kind == "text" else f"an {kind}" if kind == "integer" else f"a {kind}"


def _checked_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"`{name}` cannot be a service's name",
            remedy=f"Use lower-case letters, digits and `-`, for example `{slug(name)}`.",
            code="bad-name",
            name=name,
        )
    return name
