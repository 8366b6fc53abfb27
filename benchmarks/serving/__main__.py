"""nbforge's service beside others on the same fitted objects, in one run.

    python -m benchmarks.serving [--rounds N] [--seconds S] [--models m1,m2,text] [--peers by-hand,nbforge,...]
                                 [--markdown FILE] [--plot FILE] [--json FILE]

One worker on one core, the load (wrk) on another, interleaved rounds. Of nbforge every check and every metric is on,
and its answers carry probabilities, which the others' do not. ``peers.toml`` says who the others are.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.serving import report
from benchmarks.serving.environments import InstallError
from benchmarks.serving.load import StartError
from benchmarks.serving.models import SOURCES, Subject, build
from benchmarks.serving.peers import Peer, Round, installed, table


def main() -> int:
    """Measure and print."""
    known = table()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--models", default=",".join(SOURCES))
    parser.add_argument("--peers", default=",".join(known))
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        parser.error("wrk makes the load and is not installed; on Debian: apt-get install wrk")
    models = options.models.split(",")
    peers = list(_installed(options.peers.split(","), models))
    found: dict[str, dict[str, list[Round]]] = {model: {peer.name: [] for peer in peers} for model in models}
    with tempfile.TemporaryDirectory(prefix="nbforge-serving-") as scratch:
        subjects = [build(name, Path(scratch)) for name in models]
        for number in range(options.rounds):
            for subject in subjects:
                for peer in peers:
                    _measure(peer, subject, options.seconds, found[subject.name], first=number == 0)
    measured = {model: {name: rounds for name, rounds in by.items() if rounds} for model, by in found.items()}
    text = report.markdown(measured, {name: entry["title"] for name, entry in known.items()}, next(iter(known)))
    print(text)
    if options.markdown:
        options.markdown.write_text(text)
    if options.plot:
        report.plot(measured, {name: entry["title"] for name, entry in known.items()}, options.plot)
    if options.json:
        plain = {model: {name: [asdict(each) for each in by[name]] for name in by} for model, by in measured.items()}
        options.json.write_text(json.dumps(plain, indent=1))
    return 0


def _installed(names: Sequence[str], models: Sequence[str]) -> Iterator[Peer]:
    for name in names:
        try:
            yield installed(name, models)
        except InstallError as error:
            _say(f"{name} is left out, it cannot be installed: {error}")


def _measure(peer: Peer, subject: Subject, seconds: int, found: dict[str, list[Round]], *, first: bool) -> None:
    """A peer that failed in the first round is not tried again."""
    if subject.name not in peer.models or (not first and not found[peer.name]):
        return
    try:
        if first:
            peer.ready(subject)
        found[peer.name].append(peer.measure(subject, seconds))
        _say(f"{subject.name} {peer.name}: {found[peer.name][-1]}")
    except (InstallError, StartError) as error:
        _say(f"{subject.name} {peer.name} is left out: {error}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
