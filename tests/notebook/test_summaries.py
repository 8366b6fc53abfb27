"""Telling again what a body did finds what running it again finds, and runs fewer bodies."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from contextlib import suppress

import pytest

from benchmarks import notebooks
from nbforge.notebook.effects import Effects
from nbforge.notebook.flow import Analysis
from nbforge.notebook.regions import Function, Value
from nbforge.notebook.source import BrokenSourceError, Piece, split
from tests.notebook import programs
from tests.notebook.test_slicing_cases import Case, cases


class Counting(Analysis):
    """Counts the bodies that it runs."""

    bodies = 0

    def evaluate_body(self, function: Function, values: dict[str, Value], key: object) -> Value:
        self.bodies += 1
        return super().evaluate_body(function, values, key)


class Eager(Counting):
    """Writes a summary of each body that it runs."""

    def runs_first(self, function: Function) -> bool:
        return False


class Plain(Counting):
    """Runs each body that is called."""

    def runs_first(self, function: Function) -> bool:
        return True


def followed(machine: Analysis, sources: Sequence[str]) -> list[Effects]:
    pieces: list[Piece] = []
    for source in sources:
        with suppress(BrokenSourceError):
            pieces += split(source).pieces
    return [machine.analyse(position, piece.node, presuming=True) for position, piece in enumerate(pieces)]


def said(effects: Effects) -> tuple[object, ...]:
    """Updates of names that the statement binds count as bindings: loops may be looked at more often than they need."""
    changed = effects.updates | effects.defines | effects.may_define
    presumed = {name: ast.unparse(call) for name, call in effects.presumed.items()}
    bound = effects.defines, effects.may_define, changed
    return (*bound, effects.uses, effects.settings, effects.touches, presumed, effects.opaque, effects.history)


def compared(sources: Sequence[str]) -> tuple[int, int]:
    """How many bodies are run where all are, and where what they did is told again; both find the same."""
    plain, eager = Plain(), Eager()
    for all_run, told in zip(followed(plain, sources), followed(eager, sources), strict=True):
        assert said(told) == said(all_run)
    return plain.bodies, eager.bodies


def test_functions_that_call_each_other_run_seldom() -> None:
    plain, eager = compared(notebooks.notebook("functions", 120))
    assert eager < 0.6 * plain


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: case.name)
def test_the_cells_of_cases_run_again_find_the_same(case: Case) -> None:
    compared([source for _, source in case.cells] * 3)


@pytest.mark.parametrize("seed", range(70_000, 70_030))
def test_generated_programs_run_again_find_the_same(seed: int) -> None:
    sources = programs.write(seed).sources()
    if len(sources) < 20:  # what runs too much to be followed does so sooner without summaries
        compared([*sources, *sources[3:-1]])


@pytest.mark.parametrize(
    ("body", "calls"),
    [
        ("rows.append(v)\n    return rows", ["f(a)", "rows = [[9]]\nf(a)", "f(b)", "rows = b\nf(a)", "f(rows)"]),
        ("v.append(w)", ["f(a, b)", "f(a, a)", "f(b, a)", "c = a\nf(c, a)", "f(b, b)"]),
        ("return helper(v)", ["f(a)", "f(b)", "def helper(v):\n    v.append(1)\n    return v\nf(a)", "f(b)", "f(a)"]),
        ("v.push(w)", ["f(Box(), a)", "f(box, a)", "Box.push = lambda s, v: a.append(v)\nf(box, b)", "f(box, b)"]),
        ("return pd.read_csv(path)", ["f()", "path = 'two.csv'\nf()", "f()", "path = b[0]\nf()", "f()"]),
        ("return np.mean(v) + np.random.rand()", ["f(a)", "np.random.seed(1)\nf(a)", "f(b)", "f(a)", "f(a)"]),
        ("return f(v[1:], v) if v else w", ["f(a)", "f(b)", "f([a, b])", "f(a, b)", "f(a, b)"]),
        ("w = list(map(note, v))\n    return w", ["f(a)", "f(b)", "list(map(note, a))\nf(b)", "[f(a), f(b)]", "f(a)"]),
        ("for item in v:\n        item['k'] = w", ["f([a], b)", "f([b], a)", "f([df], df['x'])", "f([df], 1)"]),
        (
            "df.loc[0, 'x'] = w\n    return df.columns",
            ["f(1)", "df = df.copy()\nf(3)", "names = f(4)", "f(names)"],
        ),
        ("global made\n    made = v", ["f(a)", "f(b)", "made.append(1)", "f(a)", "f(b)"]),
        ("pd.set_option('mode.copy_on_write', v)", ["f(1)", "f(1)", "str(df)", "f(2)"]),
        ("return [item for item in v if item not in a]", ["f(a)", "f(b)", "a = b\nf(b)", "if c:\n    f(b)", "f(c)"]),
        (
            "print(v, w)\n    return str(v)",
            ["f(a)", "print(f(a))", "pd.set_option('display.width', 1)", "f(df)"],
        ),
        ("return helper(v)", ["f(a)", "rows = b\nf(a)", "f(c)", "note = print\nf(a)", "f(a)"]),
        ("return v(w)", ["f(note, a)", "f(helper, a)", "f(lambda w: w.append(1), a)", "f(print, b)", "f(note, b)"]),
        ("f.seen = v\n    return f.seen", ["f(a)", "f.seen = b\nf(a)", "f(b)", "del f.seen", "f(c)"]),
        ("return box.held + v", ["f(a)", "box.held = b\nf(a)", "box = Box()\nf(a)", "Box.held = c\nf(b)", "f(b)"]),
        ("return kept(v)", ["f(a)", "f(b)", "held.append(3)", "kept.__defaults__[0].append(c)", "f(c)"]),
        ("return np.linalg.norm(v)", ["f(a)", "import numpy.linalg\nf(a)", "np.linalg = box\nf(a)", "f(b)", "f(b)"]),
        (
            "try:\n        v[0] = w\n    except ValueError:\n        rows.append(w)",
            ["f(a)", "f(a, b)", "f(b, a)", "rows.pop()"],
        ),
        ("while v:\n        w = v\n        v = v.pop()\n    return w", ["f(a, b)", "f([a])", "f([[a, b]])", "f(f(a))"]),
        ("with open(v) as file:\n        w.extend(file)", ["f('x', a)", "f('y', rows)", "open('x', 'w')", "f('x', a)"]),
        ("del v[0]\n    return df.query('x > @limit')", ["f(a)", "limit = 3\nf(a)", "limit = b\nf(b)", "f(b)", "f(b)"]),
        (
            "return library.work(v)",
            ["import library\nf(a)", "f(df)", "w = library.work\nf(b)", "f(b)", "library.x = a\nf(b)"],
        ),
        ("return next(v)", ["f(iter([a]))", "i = iter([a])\nf(i)", "f(i)", "i = zip(a, b)\nf(i)", "f(a)", "f(i)"]),
        ("return w or f(w, v)", ["f(a)", "g = f\ndef f(v, w):\n    return g(w, v)\nf(a, b)", "f(b, a)", "g(a, b)"]),
        (
            "return v + (w if c else c)",
            ["f(a)", "f(a, b)", "c = 3\nf(a)", "c = a\nf(a)", "if a:\n    del c\nf(a)", "f(a)"],
        ),
        ("open(v, 'w').write(w)", ["f('x.txt')", "f(path)", "f(path)", "path = 'two.csv'", "f(path)"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_changes_between_calls_counts(body: str, calls: list[str]) -> None:
    start = """\
import numpy as np
import pandas as pd
df = pd.read_csv('one.csv')
a, b, c, rows, path = [1], [2], [3], [], 'one.csv'
def note(v):
    rows.append(v)
    return v
def helper(v):
    return note(v)
class Box:
    def __init__(self):
        self.held = []
    def push(self, v):
        self.held.append(v)
held = [[1]]
def kept(v, into=held):
    into.append(v)
    return into
box = Box()"""
    compared(
        [start, f"def f(v=0, w=None):\n    {body}", *calls, *calls, "for part in [a, b]:\n    kept = f(part)", *calls]
    )
