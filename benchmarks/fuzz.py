"""Sends a service of each sample what nobody would send on purpose, and says what was wrong with the answers.

    python -m benchmarks.fuzz [CASES] [--bundles DIRECTORY] [--only NAME] [--seed N]

For each sample CASES cases that schemathesis makes of its description, and as many mutated requests: bytes, values,
content types, encodings, headers. Right is: a status and a content type that the description has, none of them 5xx,
within a minute, nothing quoted, and memory that stays where it was once half of the requests had come: the first large
ones make the process as large as it needs to be.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import httpx

from tests.support import cases
from tests.support.fuzzing import described, raw
from tests.support.serving import serving_process

ROOT = Path(__file__).resolve().parents[1]
MOST_GROWTH = 16.0
"""MiB."""


def main() -> int:
    """Fuzz, print, and exit with 1 where something was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=int, nargs="?", default=10_000)
    parser.add_argument("--bundles", type=Path, help="bundles that are there already, a directory a sample")
    parser.add_argument("--only", action="append", help="this sample alone")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="nbforge-fuzz-") as scratch:
        for case in cases.collect(ROOT / "sample_notebooks"):
            if given.only and case.name not in given.only:
                continue
            bundle = given.bundles / case.name if given.bundles else _build(case, Path(scratch))
            wrong += fuzz(case.name, bundle, given.cases, given.seed)
    return 1 if wrong else 0


def _build(case: cases.Case, scratch: Path) -> Path:
    project = case.lay_out(scratch / case.name)
    outcome = project.build()
    if outcome.code:
        raise SystemExit(str(outcome))
    return project.bundle


def fuzz(name: str, bundle: Path, count: int, seed: int) -> int:
    """Fuzz one bundle's service; how many kinds of wrong answers it gave."""
    started = time.monotonic()
    with serving_process(bundle) as (process, url):
        found = raw.run("127.0.0.1", httpx.URL(url).port or 80, count, seed, process)
        document = httpx.get(f"{url}/openapi.json").json()
        wrong = found.wrong[:20]
        sent = 0
        try:
            sent = described.run(url, document, document["info"]["title"], count, seeded=False)
        except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 - of many kinds, all of them worth reading
            wrong.append(str(error))
        found.memory[count + sent] = raw.resident(process)
    growth = found.memory[max(found.memory)] - found.memory[max(each for each in found.memory if each <= count / 2)]
    memory = ", ".join(f"{requests}: {each:.0f}" for requests, each in found.memory.items())
    if growth > MOST_GROWTH:
        wrong.append(f"memory grew by {growth:.0f} MiB")
    statuses = ", ".join(f"{status}: {times}" for status, times in sorted(found.statuses.items()))
    print(
        f"{name}: {count} mutated ({statuses}; slowest {found.slowest:.2f} s), {sent} described, {len(wrong)} wrong, "
        f"{time.monotonic() - started:.0f} s; MiB by requests: {memory}",
        flush=True,
    )
    print("\n".join(wrong), file=sys.stderr)
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main())
