"""Seconds of ``nbforge build`` in each stage, for every sample, beside what cannot be avoided.

    python benchmarks/build.py [--json] [--rounds N] [SAMPLE...]

For each sample, in one run, interleaved:

    build       everything, with an empty nbforge cache, warm wheels, no image; seconds in each stage
    floor       plain papermill on the cells that the build runs, plus plain ``pip install`` of the bundle's lock into a
                fresh environment, both caches warm
    again       the same build once more, nothing changed

Medians over the rounds, with the spread (lowest to highest). The aim: build - floor < 5 s, again < 1 s.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
import venv
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "sample_notebooks"
BIN = Path(sys.executable).parent
_HEAD = "seconds        build       spread  papermill  install   floor   over  ratio  again"


@dataclass(frozen=True, slots=True)
class Round:
    """One measurement of one sample; seconds."""

    stages: Mapping[str, float]
    build: float
    again: float
    papermill: float
    install: float

    @property
    def floor(self) -> float:
        """What a person would wait for without nbforge."""
        return self.papermill + self.install


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "samples", nargs="*", default=sorted(path.parent.name for path in SAMPLES.glob("*/expect.toml"))
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="one object on standard output")
    options = parser.parse_args()
    for name in options.samples:
        measure(name)  # wheels and file system warm
    rounds: dict[str, list[Round]] = {name: [] for name in options.samples}
    for _ in range(options.rounds):
        for name in options.samples:
            rounds[name].append(measure(name))
    if options.json:
        print(json.dumps({name: [asdict(one) for one in many] for name, many in rounds.items()}, indent=1))
    else:
        table(rounds)
    return 0


def measure(name: str) -> Round:
    """One round of one sample, in a copy of its own."""
    with tempfile.TemporaryDirectory(prefix="nbforge-bench-") as scratch:
        project = Path(scratch) / name
        shutil.copytree(SAMPLES / name, project, ignore=shutil.ignore_patterns("build", "__pycache__"))
        notebooks = notebooks_of(project)
        environment = os.environ | {"NBFORGE_CACHE_DIR": str(Path(scratch) / "cache")}
        build = [str(BIN / "nbforge"), "build", *notebooks, "-o", "build/out", "--json"]
        seconds, result = timed(build, project, environment)
        again, _ = timed(build, project, environment)
        return Round(
            stages=json.loads(result)["timings"],
            build=seconds,
            again=again,
            papermill=sum(plain_papermill(project, notebook, environment) for notebook in notebooks),
            install=plain_install(project / "build" / "out" / "requirements.lock", Path(scratch)),
        )


def notebooks_of(project: Path) -> list[str]:
    """In the order that ``expect.toml`` gives."""
    build = tomllib.loads((project / "expect.toml").read_text("utf-8")).get("build", {})
    return build.get("notebooks") or sorted(path.name for path in project.glob("*.ipynb"))


def plain_papermill(project: Path, notebook: str, environment: Mapping[str, str]) -> float:
    """Papermill over the cells that the build runs: it knows no skip, and a dead end would stop it."""
    copy = project / f"plain-{notebook}"
    content = json.loads((project / notebook).read_text("utf-8"))
    kept = kept_cells(project, notebook)
    content["cells"] = [cell for index, cell in enumerate(content["cells"]) if index in kept]
    copy.write_text(json.dumps(content), "utf-8")
    command = [str(BIN / "papermill"), "--no-progress-bar", "--kernel", "python3", copy.name, f"out-{notebook}"]
    return timed(command, project, environment)[0]


def kept_cells(project: Path, notebook: str) -> set[int]:
    """The cells that nbforge runs: the same work for both."""
    done = subprocess.run(
        [BIN / "nbforge", "inspect", *notebooks_of(project), "--json"],
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
    )
    return {
        cell["index"]
        for cell in json.loads(done.stdout)["cells"]
        if cell["in"] and Path(cell["notebook"]).name == notebook
    }


def plain_install(lock: Path, scratch: Path) -> float:
    """``pip install`` of the lock into a fresh environment, pip's own cache warm."""
    target = scratch / "plain"
    venv.create(target, with_pip=True)
    command = [str(target / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    return timed([*command, "--require-hashes", "--no-deps", "-r", str(lock)], scratch, os.environ)[0]


def timed(command: Sequence[str], directory: Path, environment: Mapping[str, str]) -> tuple[float, str]:
    """Seconds of a command that must succeed, and its standard output."""
    start = time.perf_counter()
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return seconds, done.stdout


def table(rounds: Mapping[str, Sequence[Round]]) -> None:
    """What people read: totals first, then the stages."""
    print(_HEAD)
    for name, many in rounds.items():
        build, floor = middle(many, "build"), middle(many, "floor")
        spread = f"{min(one.build for one in many):.2f}-{max(one.build for one in many):.2f}"
        plain = f"{middle(many, 'papermill'):11.2f}{middle(many, 'install'):9.2f}{floor:8.2f}"
        compared = f"{build - floor:+7.2f}{build / floor:7.2f}{middle(many, 'again'):7.2f}"
        print(f"{name:12}{build:8.2f}{spread:>13}{plain}{compared}")
    names = list(dict.fromkeys(stage for many in rounds.values() for one in many for stage in one.stages))
    print("\n" + f"{'stages':12}" + "".join(f"{name:>{max(9, len(name) + 2)}}" for name in names))
    for name, many in rounds.items():
        values = [statistics.median(one.stages.get(stage, 0.0) for one in many) for stage in names]
        columns = zip(names, values, strict=True)
        print(f"{name:12}" + "".join(f"{value:{max(9, len(stage) + 2)}.2f}" for stage, value in columns))


def middle(many: Sequence[Round], name: str) -> float:
    """The median of one figure."""
    values: list[float] = [getattr(one, name) for one in many]
    return statistics.median(values)


if __name__ == "__main__":
    sys.exit(main())
