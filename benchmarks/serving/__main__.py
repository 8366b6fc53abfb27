"""nbforge's service beside a FastAPI service written by hand, on the same fitted objects, in one run.

    python -m benchmarks.serving [--rounds N] [--seconds S] [--models m1,m2,text] [--json]

One worker on one core, the load (wrk) on another, interleaved rounds. Of nbforge every check and every metric is on,
and its answers carry probabilities, which the others' do not.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.serving.load import load, records_body, serving
from benchmarks.serving.models import SOURCES, Subject, build

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Round:
    """One service, one model, one round; seconds, MiB, requests or rows a second."""

    c1_p50: float
    c32_rate: float
    c32_p99: float
    batch_rows: float
    start: float
    memory: float
    failed: int


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--models", default=",".join(SOURCES))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found: dict[str, dict[str, list[Round]]] = {}
    with tempfile.TemporaryDirectory(prefix="nbforge-serving-") as scratch:
        subjects = [build(name, Path(scratch)) for name in options.models.split(",")]
        for _ in range(options.rounds):
            for subject in subjects:
                for service in ("by hand", "nbforge"):
                    rounds = found.setdefault(subject.name, {}).setdefault(service, [])
                    rounds.append(measure(service, subject, options.seconds))
    if options.json:
        print(
            json.dumps({m: {s: [asdict(r) for r in rs] for s, rs in by.items()} for m, by in found.items()}, indent=1)
        )
    else:
        table(found)
    return 0


def measure(service: str, subject: Subject, seconds: float) -> Round:
    """Start the service, load it, end it."""
    one = [records_body([record]) for record in subject.records]
    hundred = [records_body(subject.records[:100])]
    (subject.pickle.parent / "example.json").write_text(json.dumps(subject.records[0]))
    program = subject.bundle / "service" / "app.py" if service == "nbforge" else HERE / "by_hand.py"
    command = [sys.executable, str(program)]
    with serving(command, {"MODEL_FOLDER": str(subject.pickle.parent)}, one[0], "/predict") as server:
        load(server, one, 4, 1)
        single = load(server, one, 1, seconds)
        many = load(server, one, 32, seconds)
        batches = load(server, hundred, 8, seconds)
        failed = single.failed + many.failed + batches.failed
        return Round(single.p50, many.rate, many.p99, batches.rate * 100, server.start, server.memory, failed)


def table(found: dict[str, dict[str, list[Round]]]) -> None:
    """Medians, and nbforge's ratio to the service by hand with its lowest and highest over the rounds."""
    fields = list(Round.__dataclass_fields__)
    for model, services in found.items():
        print(f"\n{model:10}" + "".join(f"{name:>22}" for name in fields))
        for service, rounds in services.items():
            print(f"{service:10}" + "".join(f"{middle(rounds, name):22.5g}" for name in fields))
        print(f"{'ratio':10}" + "".join(f"{ratio(services, name):>22}" for name in fields[:-1]))


def ratio(services: dict[str, list[Round]], name: str) -> str:
    """``3.1 (2.9-3.3)``: nbforge over the service by hand, round by round."""
    pairs = zip(services["nbforge"], services["by hand"], strict=True)
    each = [getattr(ours, name) / getattr(theirs, name) for ours, theirs in pairs]
    return f"{statistics.median(each):.2f} ({min(each):.2f}-{max(each):.2f})"


def middle(rounds: Sequence[Round], name: str) -> float:
    """The median of one figure."""
    values: list[float] = [getattr(one, name) for one in rounds]
    return statistics.median(values)


if __name__ == "__main__":
    sys.exit(main())
