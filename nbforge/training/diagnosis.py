"""Why a statement failed, where that is known: what a library no longer has, what is not installed or not there."""

from __future__ import annotations

import ast
import functools
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nbforge import distributions, removed
from nbforge.removed import Removed
from nbforge.training.port import CellError
from nbforge.values import Environment

_MISSING_MODULE = re.compile(r"No module named '([^']+)'")
_NO_NAME = re.compile(r"cannot import name '([^']+)' from (?:partially initialized module )?'([^']+)'")
_NO_ATTRIBUTE = re.compile(r"module '([^']+)' has no attribute '([^']+)'")
_NO_METHOD = re.compile(r"(?:'(\w+)' object|type object '(\w+)') has no attribute '([^']+)'")
_NUMPY_GONE = re.compile(r"`np\.(\w+)` was (?:removed|deprecated|a deprecated alias)")
_NO_KEYWORD = re.compile(r"(?:([\w.]+)\(\) )?got an unexpected keyword argument '([^']+)'")
_NO_PARAMETER = re.compile(r"Invalid parameter '?(\w+)'? for estimator (\w+)")
_NO_VALUE = re.compile(r"The '(\w+)' parameter of (\w+) must be .*?Got '([^']+)' instead", re.DOTALL)
_NO_STYLE = re.compile(r"'([^']+)' is not a valid package style|(\S+) not found in the style library")
_POSITIONS = re.compile(r"([\w.]+)\(\) (?:takes .*positional arguments? but|got multiple values for argument)")
_NO_TEXT = re.compile(
    r"could not convert string to float|Cannot perform reduction|not supported for (?:the )?input types"
)
_NAME_ERROR = re.compile(r"name '([^']+)' is not defined")
_MISSING_FILE = re.compile(r"No such file or directory: '([^']+)'|([^\s:'\"]+) (?:does not exist|not found)")
_OUT_OF_REACH = ("URLError", "HTTPError", "ConnectionError", "ConnectTimeout", "gaierror", "MaxRetryError", "SSLError")


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The code, the thing concerned and the remedy."""

    code: str
    name: str | None = None
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One entry of ``messages.toml``."""

    exception: str
    pattern: re.Pattern[str]
    told: str
    pin: str | None


def diagnose(failed: CellError, statement: str, environment: Environment | None) -> Diagnosis:
    """What is known of a failure.

    Args:
        failed: what the cell raised.
        statement: the source of the notebook's statement that raised it, empty where that is not known.
        environment: where the notebook ran, for remedies that install something.
    """
    if found := _removed(failed, statement):
        fix = " `nbforge lint --select NBF601 --fix` does that." if _only_renamed(found, statement) else ""
        pin = f" Or pin `{found.pin}` in requirements.txt beside the notebook." if found.pin else ""
        return Diagnosis("removed-call", found.name, found.told() + fix + pin)
    if failed.ename == "ModuleNotFoundError" and (module := _MISSING_MODULE.search(failed.evalue)):
        wanted = next((path for path in _imports(statement) if path.startswith(f"{module[1]}.")), module[1])
        name = wanted if distributions.place_of(wanted) or distributions.providing(wanted) else module[1]
        return Diagnosis("missing-module", module[1], how_to_install(name, environment))
    if failed.ename == "FileNotFoundError":
        return _missing_file(failed)
    if failed.ename == "StdinNotImplementedError":
        remedy = "A build has nobody to ask. Put the answer into a cell tagged `parameters`, and give others with `-p`."
        return Diagnosis("asks-for-input", remedy=remedy)
    if told := _told(failed):
        return told
    if failed.ename in _OUT_OF_REACH:
        remedy = (
            "The notebook reads from the network. Check the address, or put a copy beside the notebook and read that."
        )
        return Diagnosis("no-network", remedy=remedy)
    return Diagnosis("cell-failed", missing_name(failed))


def missing_name(failed: CellError) -> str | None:
    """The name that a ``NameError`` is about."""
    found = _NAME_ERROR.search(failed.evalue) if failed.ename in ("NameError", "UnboundLocalError") else None
    return found[1] if found else None


def _told(failed: CellError) -> Diagnosis | None:
    """What the message alone shows."""
    for message in messages():
        if failed.ename == message.exception and (found := message.pattern.search(failed.evalue)):
            pin = f" Or pin `{message.pin}` in requirements.txt beside the notebook." if message.pin else ""
            return Diagnosis(
                "changed-meaning", next(iter(found.groups()), None), message.told.format(*found.groups()) + pin
            )
    return None


@functools.cache
def messages() -> tuple[Message, ...]:
    """The table of ``messages.toml``."""
    content = tomllib.loads(Path(__file__).with_name("messages.toml").read_text(encoding="utf-8"))
    return tuple(
        Message(each["exception"], re.compile(each["pattern"]), each["told"].strip(), each.get("pin"))
        for each in content["message"]
    )


def _missing_file(failed: CellError) -> Diagnosis:
    file = _MISSING_FILE.search(failed.evalue)
    name = next((group for group in file.groups() if group), None) if file else None
    if name and name.startswith(("/", "~", "C:\\")):
        remedy = (
            "The path is absolute: it is that of the machine the notebook was written on. Put the file beside the"
            " notebook and name it from there, or bind the path in a cell tagged `parameters` and give it with `-p`."
        )
    else:
        remedy = "Paths are relative to the notebook's folder; put the file there or correct the path."
    return Diagnosis("missing-data", name, remedy)


def how_to_install(module: str, environment: Environment | None) -> str:
    """What to do where ``module`` is missing in the environment that the notebook runs in."""
    if place := distributions.place_of(module):
        return f"`{module}` exists only on {place}. Tag the cell `skip`, and bind what it bound elsewhere."
    package = module.partition(".")[0]
    known = distributions.providing(module)
    name = known or package
    provided = (
        f"The distribution `{name}` provides `{module}`." if known else f"No installed distribution has `{package}`."
    )
    if environment is None or environment.origin == "project":
        return f"{provided} Add `{name}` to requirements.txt beside the notebook."
    return f"{provided} Install it where the notebook runs: {environment.python} -m pip install {name}"


def _removed(failed: CellError, statement: str) -> Removed | None:
    for look in _LOOKS:
        if found := look(failed, statement):
            return found
    return None


def _only_renamed(found: Removed, statement: str) -> bool:
    moved = (removed.moved(module, name) for module, _, name in (path.rpartition(".") for path in _imports(statement)))
    return removed.same(found) is not None or any(home is not None for home in moved)


def _gone_name(failed: CellError, _: str) -> Removed | None:
    name = missing_name(failed)
    return removed.lookup(f"builtins.{name}") if name else None


def _gone_module(failed: CellError, statement: str) -> Removed | None:
    """A module, or a name that is imported from one; a library may say it in words of its own."""
    if failed.ename not in ("ModuleNotFoundError", "ImportError"):
        return None
    named = [f"{found[2]}.{found[1]}" for found in _NO_NAME.finditer(failed.evalue)]
    named += [found[1] for found in _MISSING_MODULE.finditer(failed.evalue)]
    imported = list(_imports(statement))
    if named:  # the notebook's own import says which name of a module was wanted
        imported = [path for path in imported if any(path == name or path.startswith(f"{name}.") for name in named)]
    return next((found for path in [*imported, *named] if (found := removed.lookup(path))), None)


def _gone_attribute(failed: CellError, _: str) -> Removed | None:
    if failed.ename != "AttributeError":
        return None
    if found := _NUMPY_GONE.search(failed.evalue):
        return removed.lookup(f"numpy.{found[1]}")
    if found := _NO_ATTRIBUTE.search(failed.evalue):
        return removed.lookup(f"{found[1]}.{found[2]}")
    if found := _NO_METHOD.search(failed.evalue):
        return removed.method(found[3], found[1] or found[2])
    return None


def _gone_keyword(failed: CellError, statement: str) -> Removed | None:
    if found := _NO_KEYWORD.search(failed.evalue):
        callee = (found[1] or "").removesuffix(".__init__")
        called = (name for name, keywords in _calls(statement) if found[2] in keywords)
        return next((gone for name in (callee, *called) if name and (gone := removed.parameter(name, found[2]))), None)
    if found := _NO_PARAMETER.search(failed.evalue):
        return removed.parameter(found[2], found[1])
    return None


def _gone_value(failed: CellError, _: str) -> Removed | None:
    if found := _NO_VALUE.search(failed.evalue):
        return removed.value(found[2], found[1], found[3])
    if found := _NO_STYLE.search(failed.evalue):
        return removed.value("style.use", "style", found[1] or found[2])
    return None


def _gone_position(failed: CellError, statement: str) -> Removed | None:
    if failed.ename != "TypeError" or not (found := _POSITIONS.search(failed.evalue)):
        return None
    names = (found[1].removesuffix(".__init__"), *(name for name, _ in _calls(statement)))
    own = found[1].removesuffix(".__init__").rpartition(".")[2]
    return next((gone for name in names if name.endswith(own) and (gone := removed.positional(name))), None)


def _gone_default(failed: CellError, statement: str) -> Removed | None:
    if not _NO_TEXT.search(failed.evalue):
        return None
    calls = (name.rpartition(".")[2] for name, keywords in _calls(statement) if "numeric_only" not in keywords)
    return next((gone for name in calls if (gone := removed.default(name))), None)


_LOOKS: tuple[Callable[[CellError, str], Removed | None], ...] = (
    _gone_name,
    _gone_module,
    _gone_attribute,
    _gone_keyword,
    _gone_value,
    _gone_position,
    _gone_default,
)


def _tree(statement: str) -> ast.Module:
    try:
        return ast.parse(f"{statement} pass" if statement.endswith(":") else statement)
    except SyntaxError:
        return ast.Module([], [])


def _imports(statement: str) -> Iterator[str]:
    for node in ast.walk(_tree(statement)):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def _calls(statement: str) -> Iterator[tuple[str, set[str]]]:
    """What is called, as far as it is written with names, and the keywords given."""
    for node in ast.walk(_tree(statement)):
        if isinstance(node, ast.Call):
            yield _dotted(node.func), {keyword.arg for keyword in node.keywords if keyword.arg}


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return f"{before}.{node.attr}" if before else node.attr
    return node.id if isinstance(node, ast.Name) else ""
