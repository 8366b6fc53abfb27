"""The purity tables against the libraries themselves: every entry is called, what it did compared with what it claims.

A line of ``examples/*.txt`` is an example; ``uncalled.toml`` names the entries that have none, each with its reason.
"""

from __future__ import annotations

import contextlib
import io
import random
import tomllib
import warnings
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nbforge.notebook import purity
from nbforge.notebook.purity import Rule, tables
from tests.notebook.purity import claims
from tests.notebook.purity.trial import Call, Laboratory, Seen, parse

EXAMPLES = Path(__file__).parent / "examples"
TABLES = sorted((Path(purity.__file__).parent / "purity").glob("*.toml"))
NAMES = sorted(file.stem for file in EXAMPLES.glob("*.txt"))
SEED = 7  # with which a shuffle of a few numbers moves them
KEYS = {"names", "on", "removed", "untested"} | set(Rule.__dataclass_fields__) - {"known"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in one rule of a table."""

    table: str
    name: str  # a dotted path, or `.method`, or `kind:.method`
    raw: dict[str, Any]


def entries() -> Iterator[Entry]:
    for file in TABLES:
        table = tomllib.loads(file.read_text())
        for raw in table.get("function", ()):
            note = {"untested": table["untested"]} if "untested" in table else {}
            for module in table["modules"]:
                for name in raw["names"]:
                    yield Entry(file.stem, f"{module}.{name}".lstrip("."), raw | note)
        for raw in table.get("method", ()):
            note = {"untested": table["untested"]} if "untested" in table else {}
            for name in raw["names"]:
                yield Entry(file.stem, f"{raw['on']}:.{name}" if "on" in raw else f".{name}", raw | note)


@cache
def uncalled() -> dict[str, str]:
    listed = tomllib.loads((EXAMPLES.parent / "uncalled.toml").read_text())["entry"]
    return {name: group["reason"] for group in listed for name in group["names"]}


def lines(name: str) -> list[str]:
    return [line for line in (EXAMPLES / f"{name}.txt").read_text().splitlines() if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Laboratory:
    return Laboratory(tmp_path_factory.mktemp("laboratory"))


def tried(laboratory: Laboratory, text: str) -> tuple[Call, Seen]:
    call = parse(text)
    random.seed(SEED)
    np.random.seed(SEED)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return call, laboratory.try_out(call)


@pytest.mark.parametrize("name", NAMES)
def test_no_rule_claims_less_than_its_library_does(name: str, laboratory: Laboratory) -> None:
    wrong, idle = [], defaultdict(list)
    for text in lines(name):
        call, seen = tried(laboratory, text)
        for rule in claims.rules(tables(), call, seen):
            wrong += (
                [f"{text}: {complaint}" for complaint in claims.complaints(tables(), rule, call, seen)]
                if rule.known
                else []
            )
        for entry in claims.entries(call, seen):
            idle[entry].append(claims.effects(call, seen))
    assert not wrong, "\n".join(wrong)
    _claims_that_nothing_shows(name, idle)


def _claims_that_nothing_shows(table: str, found: dict[str, list[set[str]]]) -> None:
    """A change, a draw, a file, a setting that no example of an entry shows, is claimed for nothing."""
    # What a class draws, its methods show.
    rules = {entry.name: entry.raw for entry in entries() if entry.table == table and not _is_class(entry.name)}
    too_much = [
        f"{name}: no example shows that it {claim}"
        for name, shown in sorted(found.items())
        for claim in claims.effective(rules.get(name, {})) - set[str]().union(*shown)
        if f"{name} {claim}" not in uncalled()
    ]
    assert not too_much, "\n".join(too_much)


def _is_class(name: str) -> bool:
    return name.rpartition(".")[2][:1].isupper()


def test_every_entry_has_an_example() -> None:
    shown = set()
    for name in NAMES:
        for text in lines(name):
            call = parse(text)
            shown |= {call.path, f".{call.method}"} | {
                f"{kind}:.{call.method}" for kind in ("container", "frame", "picture", "style")
            }
            shown |= {claims.pattern(call.path)}
    missing = (
        {entry.name for entry in entries() if not {"removed", "untested"} & entry.raw.keys()}
        - shown
        - uncalled().keys()
    )
    assert not missing, f"{len(missing)} entries of the purity tables have no example: {', '.join(sorted(missing))}"
    assert not uncalled().keys() & shown, "listed as uncalled, but there is an example"


def test_few_entries_are_taken_on_trust() -> None:
    """What cannot be tried out is counted, so that the share of it is known and does not grow unseen."""
    every = list(entries())
    untested = [
        entry
        for entry in every
        if "untested" in entry.raw and entry.table not in {"frameworks", "models", "plots", "reports"}
    ]
    removed = [entry for entry in every if "removed" in entry.raw]
    assert len(every) > 3500
    assert len(untested) < 90
    assert len(removed) < 70
    assert len(uncalled()) < 120
    assert all(len(entry.raw["untested"]) > 5 for entry in untested)


def test_what_was_removed_is_gone() -> None:
    """A name that a library has again, or still, belongs among those that are tried out."""
    from tests.notebook.purity.trial import module

    there = []
    for entry in entries():
        if "removed" in entry.raw and not entry.name.partition(":")[2] and not entry.name.startswith("."):
            with contextlib.suppress(AttributeError, ImportError), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                module(entry.name)
                there.append(entry.name)
    assert not there


def test_tables_use_the_words_of_the_format_only() -> None:
    strange = [
        f"{file.stem}: {key}"
        for file in TABLES
        for kind in ("function", "method")
        for raw in tomllib.loads(file.read_text()).get(kind, ())
        for key in raw.keys() - KEYS
    ]
    assert not strange
    assert {entry.raw.get("gives", "fresh") for entry in entries()} <= set(claims._COVERS)


def test_no_entry_is_there_twice() -> None:
    seen: dict[str, str] = {}
    twice = []
    for entry in entries():
        if entry.name in seen and (not entry.name.startswith(".") or seen[entry.name] == entry.table):
            twice.append(f"{entry.name} ({entry.table}, {seen[entry.name]})")
        seen[entry.name] = entry.table
    assert not twice
