"""nbforge's service beside others on the same fitted objects, in one run.

    python -m benchmarks.serving [--rounds N] [--seconds S] [--models m1,m2,text] [--peers by-hand,nbforge,...]
                                 [--json FILE] [--markdown FILE] [--plot FILE] [--docs] [--prepare]

One worker on one core, the load (wrk) on another, interleaved rounds. Each answer is compared with the fitted object's
before the load. Of nbforge every check and every metric is on, and its answers carry probabilities, which the others'
do not. ``peers.toml`` says who the others are; one that cannot be installed, started or that answers wrongly is listed
with its reason. ``--docs`` puts tables and plot into docs/explanation/serving.md: for runs on an idle machine only.
``--prepare`` makes the environments and ends. The defaults, three rounds of two seconds a load, take about 15 minutes
once the environments are made; what has been measured is in ``--json`` after each round.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.serving import report
from benchmarks.serving.environments import InstallError
from benchmarks.serving.load import ServingError
from benchmarks.serving.models import SOURCES, Subject, build
from benchmarks.serving.peers import Peer, Round, installed, table

_MOST_BUSY = 0.1


@dataclass(slots=True)
class Results:
    """Rounds by model and peer, and why others have none."""

    rounds: dict[str, dict[str, list[Round]]]
    reasons: dict[str, dict[str, str]] = field(default_factory=dict)

    def leave_out(self, model: str, peer: str, error: Exception) -> None:
        """Keep the reason."""
        reason = " ".join(str(error).split())
        self.reasons.setdefault(model, {})[peer] = reason
        _say(f"{model} {peer} is left out: {reason}")

    def measured(self) -> report.Found:
        """Those that were measured in every round."""
        return {
            model: {peer: rounds for peer, rounds in by.items() if rounds and peer not in self.reasons.get(model, {})}
            for model, by in self.rounds.items()
        }

    def as_json(self) -> str:
        """Everything."""
        plain = {model: {peer: [asdict(each) for each in by[peer]] for peer in by} for model, by in self.rounds.items()}
        return json.dumps({"rounds": plain, "left out": self.reasons}, indent=1)


def main() -> int:
    """Measure and print."""
    options = _options()
    models = options.models.split(",")
    results = Results({model: {} for model in models})
    peers = list(_installed(options.peers.split(","), models, results))
    if options.prepare:
        return 0
    _run(peers, options, results)
    titles = {name: entry["title"] for name, entry in table().items()} | {peer.name: peer.title for peer in peers}
    text = report.markdown(results.measured(), titles, next(iter(table())), results.reasons)
    print(text)
    if options.markdown:
        options.markdown.write_text(text)
    if options.plot:
        report.plot(results.measured(), titles, options.plot)
    if options.docs:
        told = f"{options.rounds} rounds of {options.seconds} s a load, on {report.machine()} that did nothing else."
        report.publish(text, results.measured(), titles, told)
    return 0


def _run(peers: Sequence[Peer], options: argparse.Namespace, results: Results) -> None:
    with tempfile.TemporaryDirectory(prefix="nbforge-serving-") as scratch:
        subjects = [build(name, Path(scratch)) for name in options.models.split(",")]
        for subject in subjects:
            for peer in peers:
                _prepare(peer, subject, results)
        for number in range(options.rounds):
            _say(f"round {number + 1} of {options.rounds}")
            for subject in subjects:
                for peer in peers:
                    _measure(peer, subject, options.seconds, results)
            if options.json:
                options.json.write_text(results.as_json())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=2, help="of a load; one at a time, half of it")
    parser.add_argument("--models", default=",".join(SOURCES))
    parser.add_argument("--peers", default=",".join(table()))
    parser.add_argument("--json", type=Path)
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--docs", action="store_true")
    parser.add_argument("--prepare", action="store_true")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        parser.error("wrk makes the load and is not installed; on Debian: apt-get install wrk")
    if options.docs and (busy := report.busy()) > _MOST_BUSY:
        parser.error(f"other programs use {busy:.0%} of the processors: figures of a busy machine are not for the docs")
    return options


def _installed(names: Sequence[str], models: Sequence[str], results: Results) -> Iterator[Peer]:
    for name in names:
        try:
            peer = installed(name, models)
        except InstallError as error:
            for model in models:
                results.leave_out(model, name, error)
            continue
        _say(f"{name}: {peer.python or 'the environment of its lock'}")
        yield peer


def _prepare(peer: Peer, subject: Subject, results: Results) -> None:
    if subject.name not in peer.models:
        return
    try:
        peer.ready(subject)
        results.rounds[subject.name][peer.name] = []
    except InstallError as error:
        results.leave_out(subject.name, peer.name, error)


def _measure(peer: Peer, subject: Subject, seconds: int, results: Results) -> None:
    """A peer that failed once is not tried again."""
    if peer.name not in results.rounds[subject.name] or peer.name in results.reasons.get(subject.name, {}):
        return
    try:
        found = peer.measure(subject, seconds)
    except ServingError as error:
        results.leave_out(subject.name, peer.name, error)
        return
    results.rounds[subject.name][peer.name].append(found)
    _say(f"{subject.name} {peer.name}: {found}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
