"""Writes notebooks of constructs that slicers get wrong, over a few typed names, so that most of them run."""

from __future__ import annotations

import contextlib
import io
import os
import random as python_random
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
Choose = Callable[[Sequence[Any]], Any]

NUMBERS = ["n0", "n1", "n2", "n3"]
LISTS = ["l0", "l1", "l2", "l3"]
DICTS = ["d0", "d1"]
FRAMES = ["f0", "f1", "f2"]
PRELUDE = """\
import random, copy, json
import numpy as np
import pandas as pd
from itertools import chain"""
SETUP = """\
n0, n1, n2, n3 = 1, 2, 3, 4
l0 = [1, 2]; l1 = [3]; l2 = []; l3 = [[0]]
d0 = {'a': 1}; d1 = {'b': [1]}
f0 = pd.DataFrame({'a': [1.0, None, 3.0], 'b': [4, 5, 6]})
f1 = f0.copy(); f2 = pd.DataFrame({'a': [0.5], 'b': [2]})"""

BOX = """\
class Box:
    size = {n}
    def __init__(self, items): self.items = items
    def push(self, v): self.items.append(v); return self
    def total(self): return len(self.items) + self.size + n0"""

# {n} a number, {l} a list, {d} a dict, {f} a frame, {c} a constant, {k} a name that is bound to anything else
SIMPLE = [
    "{n} = {c}",
    "{n} = {n} + {n}",
    "{n} += {c}",
    "{n} = len({l})",
    "{l} = {l}",
    "{l} = [{n}, {c}]",
    "{l} = {l} + [{n}]",
    "{l}.append({n})",
    "{l}.extend({l}[:3])",
    "{l} += [{c}]",
    "{l}.append({l}[:2])",
    "{l} = {l}[:2]",
    "{l}[:] = [{n}]",
    "{l}.sort(key=str)",
    "{l} = sorted({l}, key=str)",
    "{l} = list({l})",
    "{l} = [v for v in {l}][:4]",
    "{l} = list(map(lambda v: v, {l}))",
    "{l} = copy.copy({l})",
    "{l} = copy.deepcopy({l})",
    "{n}, {l} = {c}, {l}",
    "{n}, *{l} = [{n}, {c}, {c}]",
    "{d}['k'] = {l}",
    "{d}['n'] = {n}",
    "{d} = dict({d})",
    "{d} = {{'k': {l}, 'n': {n}}}",
    "{d}.update({d})",
    "{d}.setdefault('k', []).append({n})",
    "{l} = {d}.get('k', [])",
    "{d} = {d}",
    "{d}.pop('n', None)",
    "{f} = {f}",
    "{f} = {f}.copy()",
    "{f}['x'] = {n}",
    "{f}.loc[{f}.b > {n}, 'a'] = {c}",
    "{f} = {f}[{f}['b'] > 0]",
    "{f} = {f}.assign(y={n})",
    "{f} = {f}.fillna({n})",
    "{f}.fillna({n}, inplace=True)",
    "{f}['b'] = {f}['b'] * {c}",
    "{f} = {f}[['a', 'b']]",
    "{f}.drop(columns=['x'], inplace=True, errors='ignore')",
    "{f} = pd.concat([{f}, {f}]).head(5).reset_index(drop=True)",
    "{n} = int({f}['b'].sum()) % 97",
    "{f}.describe()",
    "print({l}, {n})",
    "np.random.seed({c})",
    "{n} = int(np.random.randint(100))",
    "random.seed({c})",
    "{n} = random.randint(0, 50)",
    "random.shuffle({l})",
    "{l} = random.sample({l}, min(1, len({l})))",
    "{f} = {f}.sample(frac=1.0)",
    "rng = np.random.default_rng({c})",
    "{n} = int(rng.integers(100)) if 'rng' in globals() else {c}",
    "open('p{c}.txt', 'w').write(str({n}))",
    "{n} = len(open('p{c}.txt').read())",
    "json.dump({l}, open('q.json', 'w'), default=str)",
    "{l} = json.load(open('q.json'))",
    BOX,
    "box = Box({l})",
    "box.push({n})",
    "box.items = {l}",
    "{l} = box.items",
    "{n} = box.total()",
    "Box.total = lambda self: len(self.items) * 2 + n1",
    "Box.size = {n}",
    "gen = (v for v in {l})",
    "{l} = list(gen)[:3]",
    "it = iter({l} + [1, 2, 3])",
    "{n} = hash(str(next(it))) % 7",
    "def fa(v, w={n}):\n    return v + w + n0",
    "def fb(items):\n    items.append(n1)\n    return items",
    "def fc():\n    global n2\n    n2 = n2 + 1\n    l0.append(n2)\n    return l0",
    "def fd(k):\n    return k if k <= 0 else fd(k - 1) + n3 % 5",
    "def fe(frame):\n    frame = frame.copy()\n    frame['z'] = n0\n    return frame",
    "def ff(frame):\n    frame['w'] = len(l1)\n    return frame",
    "def fg(kept=[]):\n    kept.append(n0)\n    return kept",
    "def fh(fn, v):\n    return fn(v)",
    "def fi(items):\n    def inner(v):\n        items.append(v)\n        return items\n    return inner",
    "def fj(items):\n    for v in items[:5]:\n        yield v\n        l2.append(v)",
    "def deco(fn):\n    def wrapped(*args):\n        l1.append(1)\n        return fn(*args)\n    return wrapped",
    "@deco\ndef fk(v):\n    return v + n0",
    "{n} = fa({n})",
    "{l} = fb({l})",
    "fb({l})",
    "fc()",
    "{l} = fc()",
    "{n} = fd(2)",
    "{f} = fe({f})",
    "ff({f})",
    "{l} = fg()",
    "fh(fb, {l})",
    "{n} = fh(lambda v: v + n2, {n})",
    "adder = fi({l})",
    "adder({n})",
    "{l} = list(fj({l}))[:4]",
    "{n} = fk({n})",
    "fa = lambda v, w=1: v * 2 + n3",
    "{l} = [fa(v) for v in (1, 2)]",
    "{l} = sorted([3, 1, 2], key=lambda v: (l1.append(v), v)[1])",
    "{n} = (n1 := {c}) + 1",
    "{l} = [last := {n}, {c}]",
    "{n} = {n} if {n} > {c} else {c}",
    "del {k}",
    "k0 = {l}",
    "k1 = {n}",
    "{l} = k0",
    "{n} = k1",
    "exec('n0 = n1 + 1')",
    "{n} = eval('n0 + n2')",
    "globals()['n3'] = {n}",
    "{n} = globals()['n1']",
    "from math import *\n{n} = int(floor({n}))",
    "{l} = {l} or {l}",
    "{l} = ({l}, {l})[{c} % 2]",
    "{l} = {d}['k'] if 'k' in {d} else {l}",
    "{d}, {l} = {d}, {l}",
    "pairs = [{l}, {l}]",
    "pairs[0].append({n})",
    "{l} = pairs[-1]",
    "part = {f}['b'].to_numpy()\n{n} = int(part.sum()) % 89",
    "{n} = int({f}.query('b > @{n}').shape[0])",
    "{n} = getattr(box, 'size')",
    "setattr(box, 'size', {n})",
    "{n} = {f}.apply(lambda column: l2.append(1) or 1).shape[0]",
    "{n} = {f}['b'].map(lambda v: v + n0).sum() % 13",
    "assert {l} is not None",
    "{n}: int = {c}",
    "text = f'{{{n}}} {{{l}!r}}'",
    "{n} = len(text) % 31",
]
BLOCKS = [
    "if {n} > {c}:\n    {s}\nelse:\n    {s}",
    "if {n} > {c}:\n    {s}",
    "for i in range({c} % 3):\n    {s}\n    {s}",
    "for part in [{l}, {l}]:\n    part.append({n})",
    "for part in [{f}, {f}]:\n    part['e'] = {n}",
    "for key in ['a', 'b']:\n    {d}[key] = {n}",
    "try:\n    {s}\n    {s}\nexcept Exception as error:\n    {s}",
    "try:\n    {s}\nexcept Exception:\n    {n} = 0\nelse:\n    {s}\nfinally:\n    {n} = {c}",
    "while {n} < 3:\n    {n} += 1\n    {s}\n    break",
    "with contextlib_suppress(Exception):\n    {s}\n    {s}",
    "match {n}:\n    case 1:\n        {s}\n    case int(k2):\n        {n} = k2\n    case _:\n        {s}",
]


@dataclass(slots=True)
class Program:
    """Cells of a notebook; the last one is the target."""

    cells: list[str] = field(default_factory=list)


def write(choose: Choose, cells: int, statements: int = 4) -> Program:
    """A program of ``cells`` random cells between a fixed start and the target."""
    made = [PRELUDE, "from contextlib import suppress as contextlib_suppress", SETUP]
    sizes = [choose(range(1, statements + 1)) for _ in range(cells)]
    made += ["\n".join(_statement(choose, True) for _ in range(size)) for size in sizes]
    target = ", ".join(choose(pool) for pool in choose(_TARGETS))
    return Program([*made, f"# nbforge: predict\n({target},)"])


_TARGETS = [
    [NUMBERS],
    [LISTS],
    [FRAMES],
    [DICTS],
    [NUMBERS, LISTS],
    [LISTS, FRAMES],
    [["box"]],
    [["box.total()"]],
    [["k0"]],
]


def _statement(choose: Choose, blocks: bool) -> str:
    template: str = choose(BLOCKS if blocks and choose(range(4)) == 0 else SIMPLE)
    out = []
    rest = template
    while "{" in rest:
        before, _, after = rest.partition("{")
        out.append(before)
        if after.startswith("{"):
            out.append("{")
            rest = after[1:]
            continue
        hole, _, rest = after.partition("}")
        out.append(_fill(choose, hole, before))
    text = "".join([*out, rest])
    return text.replace("}}", "}")


def _fill(choose: Choose, hole: str, before: str) -> str:
    hole = hole.removesuffix("!r")
    if hole == "s":
        indent = before.rpartition("\n")[2]
        return _statement(choose, False).replace("\n", f"\n{indent}")
    if hole == "c":
        return str(choose(range(6)))
    pools = {"n": NUMBERS, "l": LISTS, "d": DICTS, "f": FRAMES, "k": ["k0", "k1", "text", "n3"]}
    chosen: str = choose(pools[hole])
    return chosen


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run ended with: the target's text, or the error's."""

    target: str = ""
    error: str = ""


def execute(cells: Sequence[str], folder: Path, reached: list[int] | None = None, seed: int = 1) -> Outcome:
    """Run cells one after the other; the last one is an expression. ``seed``: where the global generators stand
    before.
    """
    import numpy as np

    python_random.seed(seed)
    np.random.seed(seed)
    space: dict[str, Any] = {"__name__": "__main__", "__reached__": reached}
    here = Path.cwd()
    for file in folder.iterdir():
        file.unlink()
    os.chdir(folder)
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for cell in cells[:-1]:
                exec(compile(cell, "<cell>", "exec"), space)
            return Outcome(target=describe(eval(cells[-1].partition("\n")[2], space)))
    except Exception as error:  # noqa: BLE001 - a program of random statements may raise anything
        return Outcome(error=f"{type(error).__name__}: {error}")
    finally:
        os.chdir(here)


def repaired(program: Program, folder: Path) -> Program:
    """The program without the statements that raise where they stand, so that most programs run to their end."""
    import ast

    cells = [[ast.unparse(node) for node in ast.parse(cell).body] for cell in program.cells[:-1]]
    for _ in range(150):
        flat = [(i, j) for i, cell in enumerate(cells) for j in range(len(cell))]
        reached: list[int] = []
        steps = [f"{cells[i][j]}\n__reached__.append({k})" for k, (i, j) in enumerate(flat)]
        outcome = execute([*steps, program.cells[-1]], folder, reached)
        if not outcome.error or len(reached) >= len(flat):
            break
        i, j = flat[len(reached)]
        del cells[i][j]
    kept = ["\n".join(cell) for cell in cells if cell]
    return Program([*kept, program.cells[-1]])


def describe(value: Any, depth: int = 0) -> str:
    """A value as text that tells any two different ones apart."""
    if depth > 4:
        return "..."
    if isinstance(value, list | tuple):  # lists may hold one list many times: the text of all of it has no bound
        return f"{len(value)}[" + ", ".join(describe(item, depth + 1) for item in value[:8]) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {describe(item, depth + 1)}" for key, item in value.items()) + "}"
    if hasattr(value, "to_json"):
        return f"{list(value.columns)}{value.to_json(orient='split', double_precision=12)}"
    if type(value).__name__ == "Box":
        return f"Box({describe(value.items, depth + 1)}, {getattr(value, 'size', None)})"
    return repr(value)
