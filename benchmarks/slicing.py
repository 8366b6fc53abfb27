"""Seconds that slicing takes, for generated notebooks of growing length, beside tools that read the same cells.

    python benchmarks/slicing.py [--sizes 100,1000,10000] [--mixes ...] [--rounds N] [--alone] [--check] [--json]

For each mix of ``notebooks.py`` and each size, in one run, interleaved, each round in a fresh process:

    nbforge     the whole slice: IPython's syntax, parsing, data flow, what is needed, the text of what is kept
    marimo      ``compile_cell`` of every cell: definitions and references by name, and byte code
    pyflakes    ``Checker`` over the cells as one script: names and scopes

The others do less: neither follows what calls change nor decides what is needed. They get the cells without magics,
which they do not know, and run in environments of their own that uv makes and keeps in its cache.

Time is processor time (user and system) of the process from the first cell to the result. Starting Python, imports
(those of IPython too) and reading the cells are not in it. The garbage collector is off in all of them (nbforge
pauses it by itself). The growth is the exponent from one size to the next: 1 is linear. ``--check`` fails unless
1,000 cells take less than 1 s and 10,000 less than 12 s.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import importlib.metadata
import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
UV = Path(sys.executable).parent / "uv"
PEERS = {"marimo": "marimo==0.25.2", "pyflakes": "pyflakes==4.1.0"}
LIMITS = {1_000: 1.0, 10_000: 12.0}
Key = tuple[str, int, str]  # mix, cells, tool


def main() -> int:
    """Measure and print; or, as a child, measure once."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--sizes", type=lambda text: [int(part) for part in text.split(",")], default=[100, 1_000, 10_000]
    )
    parser.add_argument("--mixes", type=lambda text: text.split(","), default=["exploration", "history", "functions"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--alone", action="store_true", help="nbforge only")
    parser.add_argument("--check", action="store_true", help="fail where nbforge is above the limits")
    parser.add_argument("--json", action="store_true", help="one object on standard output")
    parser.add_argument("--measure", choices=[*_TOOLS], help=argparse.SUPPRESS)
    parser.add_argument("--cells", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(_measured(_TOOLS[options.measure], json.loads(options.cells.read_text("utf-8")))))
        return 0
    tools = ["nbforge"] if options.alone else [*_TOOLS]
    rounds = compared(options.mixes, sorted(options.sizes), tools, options.rounds)
    if options.json:
        print(
            json.dumps(
                [dict(zip(("mix", "cells", "tool"), key, strict=True), rounds=all_) for key, all_ in rounds.items()]
            )
        )
    else:
        table(rounds, tools)
    slow = {
        key: best
        for key in rounds
        if key[2] == "nbforge" and (best := _best(rounds, key)) > LIMITS.get(key[1], math.inf)
    }
    for (mix, cells, _), seconds in slow.items():
        print(f"{mix}, {cells:,} cells: {seconds:.2f} s, the limit is {LIMITS[cells]:g} s", file=sys.stderr)
    return 1 if slow and options.check else 0


def compared(
    mixes: Sequence[str], sizes: Sequence[int], tools: Sequence[str], rounds: int
) -> dict[Key, list[dict[str, float]]]:
    """All rounds of all tools: one tool after the other, so that a busy minute does not hit only one of them."""
    sys.path.insert(0, str(HERE.parent))  # run as a script, the first entry is this folder
    from benchmarks import notebooks

    found: dict[Key, list[dict[str, float]]] = {}
    with tempfile.TemporaryDirectory(prefix="nbforge-bench-") as scratch:
        for mix in mixes:
            for size in sizes:
                cells = notebooks.notebook(mix, size)
                given = {tool: cells if tool == "nbforge" else notebooks.without_magics(cells) for tool in tools}
                for _ in range(rounds):
                    for tool in tools:
                        file = Path(scratch) / "cells.json"
                        file.write_text(json.dumps(given[tool]), "utf-8")
                        found.setdefault((mix, size, tool), []).append(_child(tool, file))
    return found


def _child(tool: str, cells: Path) -> dict[str, float]:
    interpreter = [sys.executable]
    if tool in PEERS:
        alone = ["--quiet", "run", "--no-project", "--isolated", "--python", sys.executable, "--with", PEERS[tool]]
        interpreter = [str(UV), *alone, "python"]
    command = [*interpreter, str(HERE / "slicing.py"), "--measure", tool, "--cells", str(cells)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    result: dict[str, float] = json.loads(done.stdout)
    return result


def _measured(prepare: Callable[[list[str]], Callable[[], int]], cells: list[str]) -> dict[str, float]:
    work = prepare(cells)
    gc.collect()
    gc.disable()
    wall, start = time.perf_counter(), time.process_time()
    result = work()
    return {"seconds": time.process_time() - start, "wall": time.perf_counter() - wall, "result": result}


def _nbforge(cells: list[str]) -> Callable[[], int]:
    """The result is the number of statements kept."""
    import IPython.core.inputtransformer2  # noqa: F401

    from nbforge.notebook import purity, tags
    from nbforge.notebook.slicing import slice_notebooks
    from nbforge.values import Cell, Notebook

    purity.tables()
    made = []
    for index, source in enumerate(cells):
        roles = tags.roles((), source)
        if isinstance(roles, tags.NearMiss):
            raise SystemExit(f"cell {index}: {roles.written}")
        made.append(Cell(0, index, "code", source, (), roles))
    notebook = Notebook(Path("/nowhere/generated.ipynb"), "", "generated", tuple(made))
    return lambda: slice_notebooks((notebook,), {}).statements_in


def _marimo(cells: list[str]) -> Callable[[], int]:
    """The result is the number of names defined."""
    compile_cell = importlib.import_module("marimo._ast.compiler").compile_cell
    return lambda: sum(len(compile_cell(source, cell_id=str(index)).defs) for index, source in enumerate(cells))


def _pyflakes(cells: list[str]) -> Callable[[], int]:
    """The result is the number of messages."""
    import ast

    checker = importlib.import_module("pyflakes.checker").Checker
    return lambda: len(checker(ast.parse("\n".join(cells))).messages)


_TOOLS: dict[str, Callable[[list[str]], Callable[[], int]]] = {
    "nbforge": _nbforge,
    "marimo": _marimo,
    "pyflakes": _pyflakes,
}


def _best(rounds: Mapping[Key, Sequence[Mapping[str, float]]], key: Key) -> float:
    return min(one["seconds"] for one in rounds[key])


def table(rounds: Mapping[Key, Sequence[Mapping[str, float]]], tools: Sequence[str]) -> None:
    """What people read: seconds (best, median) of each tool, how many times as long nbforge takes, and the growth."""
    versions = [f"nbforge {importlib.metadata.version('nbforge')}", *(PEERS[tool] for tool in tools if tool in PEERS)]
    print(f"{', '.join(versions)}; Python {sys.version.split()[0]}; seconds of processor time, best and median")
    peers = [tool for tool in tools if tool in PEERS]
    heads = "".join(f"{tool:>18}" for tool in tools) + "".join(f"{'/ ' + tool:>11}" for tool in peers)
    print(f"{'mix':12}{'cells':>8}{'kept':>8}{heads}{'growth':>9}")
    before: dict[str, tuple[int, float]] = {}
    for mix, size in dict.fromkeys((mix, size) for mix, size, _ in rounds):
        best = {tool: _best(rounds, (mix, size, tool)) for tool in tools}
        middle = {tool: statistics.median(one["seconds"] for one in rounds[mix, size, tool]) for tool in tools}
        kept = int(rounds[mix, size, "nbforge"][0]["result"])
        columns = "".join(f"{best[tool]:10.3f}{middle[tool]:8.3f}" for tool in tools)
        columns += "".join(f"{best['nbforge'] / best[peer]:11.1f}" for peer in peers)
        growth = ""
        if mix in before:
            last, seconds = before[mix]
            growth = f"{math.log(best['nbforge'] / seconds) / math.log(size / last):.2f}"
        before[mix] = size, best["nbforge"]
        print(f"{mix:12}{size:8,}{kept:8,}{columns}{growth:>9}")


if __name__ == "__main__":
    sys.exit(main())
