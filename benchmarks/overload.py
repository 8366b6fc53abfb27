"""What a service does with more than it can serve, and with half of that for a long time.

    python -m benchmarks.overload [--seconds 60] [--model m2] [--json]
    python -m benchmarks.overload --soak 3600

One worker on one core, the load on another. Capacity is what 32 clients get who each ask again as soon as they have
their answer. Then requests come at random times (Poisson) at 1, 2 and 4 times capacity, whatever the answers, over
1,000 connections. Held against: accepted are at least 70% of capacity, their p99 is below twice that at capacity, all
others are told 503, no connection breaks. ``--soak`` comes at half of capacity and holds against it that memory stays
within 3% from the first quarter to the last.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks.serving.bodies import encode
from benchmarks.serving.load import LOAD_CORE, Server, serving
from benchmarks.serving.models import build

_TIMES = (1, 2, 4)
_CONNECTIONS = 1000
_CLIENTS = 32
_SHARE, _SLOWER, _GROWTH = 0.7, 2.0, 1.03
_SAMPLE_SECONDS = 2.0


def main() -> int:
    """Measure, print, and say whether it holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="m2")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--soak", type=float, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nbforge-overload-") as scratch:
        subject = build(options.model, Path(scratch))
        bodies = [encode("records", [record]) for record in subject.records]
        file = Path(scratch) / "bodies.json"
        file.write_text(json.dumps([body.decode() for body in bodies]))
        command: list[str | Path] = [sys.executable, subject.bundle() / "service" / "app.py"]
        with serving(command, {}, bodies[0], "/predict") as server:
            _load(server, file, "--closed", "--connections", str(_CLIENTS), "--seconds", "3")
            seconds = str(min(10, options.seconds))
            rate = _accepted(_load(server, file, "--closed", "--connections", str(_CLIENTS), "--seconds", seconds))
            if options.soak:
                found = _soak(server, file, rate, options.soak)
            else:
                found = _overload(server, file, rate, options.seconds)
    print(json.dumps({"capacity": rate, **found}, indent=1) if options.json else _table(rate, found))
    return 1 if found["wrong"] else 0


def _overload(server: Server, bodies: Path, rate: float, seconds: float) -> dict[str, Any]:
    runs: dict[str, dict[str, Any]] = {}
    wrong = []
    for times in _TIMES:
        run = _open(server, bodies, times * rate, seconds)
        runs[f"{times}x"] = run
        if _accepted(run) < _SHARE * rate:
            wrong.append(f"{times}x: {_accepted(run):.0f}/s are accepted, below 70% of {rate:.0f}/s")
        if run["p99"] > _SLOWER * runs["1x"]["p99"]:
            wrong.append(f"{times}x: p99 is {run['p99'] / runs['1x']['p99']:.1f} times that at capacity")
        if set(run["statuses"]) - {"200", "503"} or run["broken"] or run["late"]:
            wrong.append(f"{times}x: {run['statuses']}, {run['broken']} broken, {run['late']} without an answer")
    return {"runs": runs, "wrong": wrong}


def _soak(server: Server, bodies: Path, rate: float, seconds: float) -> dict[str, Any]:
    memory: list[float] = []
    done = threading.Event()

    def sample() -> None:
        while not done.wait(_SAMPLE_SECONDS):
            memory.append(server.memory)

    sampler = threading.Thread(target=sample)
    sampler.start()
    run = _open(server, bodies, rate / 2, seconds)
    done.set()
    sampler.join()
    quarter = max(1, len(memory) // 4)
    first, last = statistics.median(memory[:quarter]), statistics.median(memory[-quarter:])
    wrong = []
    if last > _GROWTH * first:
        wrong.append(f"memory went from {first:.1f} to {last:.1f} MiB")
    if set(run["statuses"]) - {"200", "503"} or run["broken"] or run["late"]:
        wrong.append(f"{run['statuses']}, {run['broken']} broken, {run['late']} without an answer")
    return {"runs": {"0.5x": run}, "memory": {"first": first, "last": last, "most": max(memory)}, "wrong": wrong}


def _open(server: Server, bodies: Path, rate: float, seconds: float) -> dict[str, Any]:
    run = _load(server, bodies, "--rate", f"{rate:.1f}", "--connections", str(_CONNECTIONS), "--seconds", str(seconds))
    time.sleep(2)  # overload is over
    return run


def _load(server: Server, bodies: Path, *options: str) -> dict[str, Any]:
    generator: list[str | Path] = [sys.executable, "-m", "benchmarks.serving.generator", server.url, bodies]
    done = subprocess.run(
        ["taskset", "-c", str(LOAD_CORE), *generator, *options],
        capture_output=True, text=True, check=True, cwd=Path(__file__).resolve().parents[1],
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _accepted(run: dict[str, Any]) -> float:
    return float(run["statuses"].get("200", 0) / run["seconds"])


def _table(rate: float, found: dict[str, Any]) -> str:
    lines = [f"capacity: {rate:.0f} requests/s", f"{'':6}{'offered/s':>10}{'200/s':>9}{'of capacity':>12}{'p50 ms':>9}"]
    lines[1] += f"{'p99 ms':>9}{'503 p99 ms':>12}{'503':>8}{'broken':>8}"
    for name, run in found["runs"].items():
        lines.append(
            f"{name:6}{run['offered'] / run['seconds']:10.0f}{_accepted(run):9.0f}{_accepted(run) / rate:12.2f}"
            f"{run['p50'] * 1e3:9.1f}{run['p99'] * 1e3:9.1f}{run['refused_p99'] * 1e3:12.1f}"
            f"{run['statuses'].get('503', 0):8}{run['broken']:8}"
        )
    if "memory" in found:
        lines.append("memory, MiB: " + ", ".join(f"{name} {value:.1f}" for name, value in found["memory"].items()))
    return "\n".join([*lines, *(f"WRONG: {each}" for each in found["wrong"])])


if __name__ == "__main__":
    sys.exit(main())
