"""Writes notebooks of constructs that slicers get wrong, over a few typed names, so that most of them run."""

from __future__ import annotations

import ast
import builtins
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from nbforge.notebook.scope import bindings

FOLDER = Path(__file__).parent / "statements"
POOLS = {
    "n": ("n0", "n1", "n2", "n3"),
    "l": ("l0", "l1", "l2", "l3"),
    "d": ("d0", "d1"),
    "f": ("f0", "f1", "f2"),
    "a": ("a0", "a1"),
    "t": ("t0", "t1"),
    "o": ("box", "crate"),
    "k": ("k0", "k1", "last", "view", "pairs", "n3", "t0"),
}
INPUTS = (
    ("NUMBERS = (1, 2, 3, 4)", "LISTS = ([1, 2], [3], [], [0])", "COLUMN = [1.0, None, 3.0, 2.0]"),
    ("NUMBERS = (4, 0, 5, 1)", "LISTS = ([], [2, 5, 0], [4], [1])", "COLUMN = [None, 5.0, 0.5, 4.0]"),
    ("NUMBERS = (0, 5, 2, 3)", "LISTS = ([3, 0, 1], [], [5, 4], [2])", "COLUMN = [2.0, 0.0, None, -1.0]"),
    ("NUMBERS = (3, 1, 0, 7)", "LISTS = ([5], [1, 1, 4], [2, 0], [])", "COLUMN = [4.0, 4.5, 1.0, None]"),
    ("NUMBERS = (2, 6, 1, 3)", "LISTS = ([7], [], [6, 3], [4, 4])", "COLUMN = [None, None, 6.0, 1.0]"),
    ("NUMBERS = (6, 3, 4, 2)", "LISTS = ([], [0], [], [1])", "COLUMN = [0.0, 7.0, 2.5, 3.0]"),
    ("NUMBERS = (7, 2, 6, 0)", "LISTS = ([3, 1], [2], [5, 5], [6, 0])", "COLUMN = [5.0, None, None, 2.0]"),
    ("NUMBERS = (1, 4, 2, 6)", "LISTS = ([0], [4, 2, 1], [], [3])", "COLUMN = [1.5, 3.0, 8.0, None]"),
)
"""What a program starts from: values that take different branches."""
MODES = (None, "1", "ab", None, "3.5", "x" * 6, "", "mode")
"""What the environment variable MODE is for each of :data:`INPUTS`."""

_TARGETS = (
    *("$n", "$l", "$f", "$d", "$a", "$n, $l", "$l, $f", "$l, $d, $n", "$f, $a", "$o", "$o.total(), $o.items", "$t"),
    *("k0", "pairs", "part", "view", "model", "model.predict($f[['b']])", "scaler", "fa(2)", "fl($l), $l", "ff($f)"),
    *("fn(), $n", "rng.random(), $n", "helper.items, helper.count, $n", "list(gen)[:3], $l", "nested", "bag", "entry"),
    *("frames", "models", "table['a'](1)"),
)
_FUNCTION = "def predict(rows):\n    return [{0}, len(rows)]"
_HOLE = re.compile(r"\$([a-z])")
_WORD = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class Program:
    """Cells, each a list of statements. ``target``: the tagged last cell; ``answer``: what is compared in the end."""

    cells: tuple[tuple[str, ...], ...]
    target: str
    answer: str
    unseen: bool = False  # some of it cannot be seen through, whatever the analysis

    def sources(self) -> list[str]:
        """The cells as a notebook has them."""
        return ["\n".join(cell) for cell in self.cells if cell] + [f"# nbforge: predict\n{self.target}"]


@cache
def templates(file: str) -> tuple[str, ...]:
    """The statements in ``statements/<file>.txt``."""
    found: list[str] = []
    for line in (FOLDER / f"{file}.txt").read_text().splitlines():
        if line[:1] in {" ", "|"} and found:
            found[-1] += f"\n{line.removeprefix('|')}"
        elif line and not line.startswith("#"):
            found.append(line)
    return tuple(found)


def write(seed: int) -> Program:
    """The program of a number: 5 to 60 cells, most of them short."""
    draw = Random(seed)
    count = min(60, int(5 * 12 ** draw.random()))
    unseen = draw.random() < 0.12
    target = draw.choice(_TARGETS)
    words = _Words(draw, unseen, target)
    body = [tuple(words.statement() for _ in range(draw.choice((1, 1, 2, 3)))) for _ in range(count - 4)]
    target = words.fill(target)
    cells = (*_start(draw, [*(text for cell in body for text in cell), target]), *body)
    if draw.random() < 0.2:
        return Program(cells, _FUNCTION.format(target), "predict([1, 2])", unseen)
    return Program(cells, f"({target},)", f"({target},)", unseen)


def _start(draw: Random, body: list[str]) -> list[tuple[str, ...]]:
    """Imports, inputs and the values that ``body`` mentions, and a few that nobody does."""
    start = templates("start")
    words = {word for text in body for word in _WORD.findall(text)}
    kept: list[str] = []
    for line in reversed(start):
        if draw.random() < 0.05 or not words.isdisjoint(_bound(line)):
            kept.insert(0, line)
            words |= set(_WORD.findall(line))
    imports = tuple(line for line in kept if line.startswith(("import", "from")))
    return [imports, INPUTS[0], tuple(line for line in kept if line not in imports)]


class _Words:
    """The few statements and names that one program is made of: what is rare meets more often."""

    def __init__(self, draw: Random, unseen: bool, target: str) -> None:
        self.draw = draw
        self.pools = {
            key: draw.sample(names, min(len(names), draw.choice((1, 2, 2, 3)))) for key, names in POOLS.items()
        }
        known = [t for file in sorted(FOLDER.glob("*.txt")) if file.stem not in _APART for t in templates(file.stem)]
        chosen = draw.sample(known, draw.choice((8, 15, 30, 60)))
        if unseen:
            chosen += draw.sample(templates("unseen"), 3)
        for template in [*chosen, target]:
            for name in sorted(_unbound(template)):
                chosen += [draw.choice(_defining()[name])] if name in _defining() else []
        self.simple = chosen
        self.used: Counter[str] = Counter()
        self.blocks = draw.sample(templates("blocks"), 4)

    def statement(self, inside: bool = False) -> str:
        block = not inside and self.draw.random() < 0.25
        known = self.blocks if block else self.simple
        template = min((self.draw.choice(known) for _ in range(3)), key=self.used.__getitem__)
        self.used[template] += 1
        return self.fill(template)

    def fill(self, template: str) -> str:
        out, end = [], 0
        for hole in _HOLE.finditer(template):
            before = template[end : hole.start()]
            out += [before, self._name(hole[1], before.rpartition("\n")[2])]
            end = hole.end()
        return "".join([*out, template[end:]])

    def _name(self, key: str, indent: str) -> str:
        if key == "s":
            return self.statement(inside=True).replace("\n", f"\n{indent}")
        return str(self.draw.randrange(6)) if key == "c" else self.draw.choice(self.pools[key])


_APART = {"start", "unseen", "blocks"}


@cache
def _defining() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for file in sorted(FOLDER.glob("*.txt")):
        for template in templates(file.stem) if file.stem not in {"start", "unseen"} else ():
            for name in _bound(template):
                found.setdefault(name, []).append(template)
    return found


@cache
def _parsed(template: str) -> ast.Module:
    return ast.parse(_HOLE.sub("hole", template))


@cache
def _bound(template: str) -> frozenset[str]:
    return frozenset(name for node in ast.walk(_parsed(template)) for name in bindings(node)) - {"hole"}


@cache
def _unbound(template: str) -> frozenset[str]:
    read = {node.id for node in ast.walk(_parsed(template)) if isinstance(node, ast.Name)}
    start = {name for line in templates("start") for node in ast.walk(ast.parse(line)) for name in bindings(node)}
    return frozenset(read - _bound(template) - start - set(dir(builtins)) - {"hole"})
