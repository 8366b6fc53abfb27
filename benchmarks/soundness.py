"""Tries the slicer on generated programs, and says how many slices were right and how small they are.

    python benchmarks/soundness.py 10000

Each program that fails is made as small as it gets and printed as a case for ``tests/notebook/cases``.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import statistics
import sys
import tempfile
from collections import Counter
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.notebook import programs, soundness
from tests.notebook.limits import TooLongError, limited
from tests.notebook.running import Sandbox

_SECONDS = 10.0
_MEMORY = 4 << 30


def start() -> None:
    """Prepare a process: programs may ask for more memory and time than there is."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    sys.unraisablehook = lambda _: None  # files that programs leave open, where they have made warnings errors


def one(seed: int, small_every: int) -> tuple[int, str, str, bool, tuple[int, int] | None]:
    """Try a program: its number, the verdict, what to say, whether it has unseen code, statements kept and needed."""
    with tempfile.TemporaryDirectory() as folder:
        box = soundness.sandbox(Path(folder))
        try:
            small = seed % small_every == 0
            with limited((len(programs.INPUTS) if small else 1) * _SECONDS):
                program = box.repaired(programs.write(seed), variants=len(programs.INPUTS) if small else 1)
                trial = soundness.attempt(program, box, range(len(programs.INPUTS)) if small else (0,))
            if trial.verdict in {"other", "refused"}:
                return seed, trial.verdict, _shown(trial, box), trial.unseen, None
            if not small or trial.verdict != "same":
                return seed, trial.verdict, "", trial.unseen, None
            with limited(3 * len(programs.INPUTS) * _SECONDS):
                needed = soundness.needed(trial, box)
            return seed, trial.verdict, "", trial.unseen, (len(trial.kept) + 1, len(needed) + 1)
        except TooLongError:
            return seed, "slow", "", False, None


def _shown(trial: soundness.Trial, box: Sandbox) -> str:
    try:
        with limited(6 * _SECONDS):
            small = soundness.shrunk(trial.program, box, trial.verdict)
    except TooLongError:
        small = trial.program
    found = soundness.sliced(small) if trial.verdict == "other" else None
    return f"{trial.message}\n{soundness.case(small, found)}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", type=int, nargs="?", default=10_000)
    parser.add_argument("--first", type=int, default=1_000_000, help="number of the first program")
    parser.add_argument("--small-every", type=int, default=40, help="how small is measured on each so many-th program")
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    verdicts: Counter[str] = Counter()
    ratios: dict[bool, list[float]] = {False: [], True: []}
    numbers = range(given.first, given.first + given.programs)
    with multiprocessing.Pool(given.processes, start, maxtasksperchild=400) as pool:
        for seed, verdict, said, unseen, sizes in pool.imap_unordered(
            partial(one, small_every=given.small_every), numbers, chunksize=5
        ):
            verdicts[verdict] += 1
            if said:
                print(f"=== generated program {seed}: {verdict}\n{said}\n", flush=True)
            if sizes is not None:
                ratios[unseen].append(sizes[0] / sizes[1])
    print(f"programs tried: {verdicts.total()}; compared: {verdicts['same'] + verdicts['other']}")
    print(
        f"mismatches: {verdicts['other']}; refused: {verdicts['refused']}; not comparable: {verdicts['incomparable']}"
    )
    print(f"stopped after {_SECONDS:.0f} s: {verdicts['slow']}")
    for unseen, found in ratios.items():
        if found:
            name = "with exec, import * or namespaces" if unseen else "all other"
            print(f"statements kept / needed, {name}: mean {statistics.mean(found):.2f} of {len(found)} programs")
    return 1 if verdicts["other"] or verdicts["refused"] else 0


if __name__ == "__main__":
    sys.exit(main())
