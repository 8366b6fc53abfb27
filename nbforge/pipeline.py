"""The story: from notebooks to a proven bundle and its image, and what can be done with a bundle afterwards.

Stages do not call each other; the functions here pass values from one to the next.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbforge.values import Bundle, Environment, Image, Json, Run, Slice, VerifiedBundle
from nbforge.views.progress import Clock, Listener

if TYPE_CHECKING:
    from nbforge.project import Project
    from nbforge.soundness.prove import Proven
    from nbforge.soundness.runner import Outcome, Runner
    from nbforge.training.options import RunOptions


@dataclass(frozen=True, slots=True)
class Order:
    """One build as it was asked for."""

    notebooks: tuple[Path, ...]
    project: Project
    parameters: Mapping[str, Json] = field(default_factory=dict)
    push: bool = False
    prove_slice: bool = False


@dataclass(frozen=True, slots=True)
class Built:
    """A build's outcome.

    ``report`` is that of the proof, ``timings`` are seconds by stage, ``statements`` are ``in`` and ``out`` of the
    slice; ``notes``: where the analysis had to presume something, in sentences; ``reused``: nothing had changed since
    the last build.
    """

    bundle: Bundle
    report: Mapping[str, Json]
    image: Image | None
    timings: Mapping[str, float]
    statements: Mapping[str, int]
    notes: tuple[str, ...] = ()
    reused: bool = False

    def to_json(self) -> dict[str, Json]:
        """What ``nbforge build --json`` prints."""
        manifest = self.bundle.manifest
        return {
            "bundle": str(self.bundle.directory),
            "name": self.bundle.name,
            "version": self.bundle.version,
            "image": asdict(self.image) if self.image else None,
            "metrics": manifest["metrics"],
            "timings": {stage: round(seconds, 3) for stage, seconds in self.timings.items()},
            "slice": dict(self.statements),
            "form": manifest["form"],
            "rowwise": manifest["rowwise"],
        }


def build(order: Order, listener: Listener) -> Built:
    """Build, unless nothing has changed since the last time: then what that build made is the answer."""
    from nbforge.environments import training

    clock = Clock(listener)
    with clock("environment"):
        folder = order.notebooks[0].absolute().parent
        environment = training.resolve(folder, order.project.python, order.project.kernel)
    with clock("unchanged"):
        recalled = _recall(order, environment, clock.timings)
    if recalled:
        image = _pushed(recalled.image, clock) if recalled.image and order.push else recalled.image
        return replace(recalled, image=image)
    built, observed = _build(order, environment, clock)
    _remember(order, environment, built, observed)
    return built


def _build(order: Order, environment: Environment, clock: Clock) -> tuple[Built, Json]:
    """The whole way, a line a stage; what a stage has done before it finds in the cache by itself."""
    from nbforge.bundle import assemble, leaks, lock, manifest, swap, verify
    from nbforge.environments.overlay import overlay
    from nbforge.images import dockerfile
    from nbforge.notebook.read import read
    from nbforge.notebook.slicing import slice_notebooks
    from nbforge.soundness import recover
    from nbforge.soundness.runner import Runner, done
    from nbforge.training import changes
    from nbforge.training.cache import RunCache

    project = order.project
    swap.check_target(project.output)
    with clock("slice"):
        notebooks = tuple(read(path, index) for index, path in enumerate(order.notebooks))
        slice_ = slice_notebooks(notebooks, order.parameters)
    make_image = _image_maker(project.image, project.base, environment.version, clock) if project.image else None
    with clock("train"):
        path = overlay(environment, project.compile_to)
        runner = Runner(environment, path, _options(project), RunCache.default(), clock.listener)
        slice_, outcome, added = recover.train(slice_, order.parameters, runner)
    proven = _prove_slice(slice_, outcome, runner, clock) if order.prove_slice else None
    run = done(outcome)
    where = (notebooks[slice_.entry.notebook].path.name, slice_.entry.cell) if slice_.entry else (None, None)
    verify.check_rowwise(run.capture, run.directory / "capture" / "proof.json", project.rowwise is False, *where)
    with swap.staging(project.output) as staged, ThreadPoolExecutor(1) as aside:
        with clock("bundle"):
            bundle = assemble.lay_out(staged, project.name, run, notebooks)
        kept = aside.submit(_evidence, staged, slice_, run, project, proven)
        with clock("lock"):
            locked = lock.make(staged, environment, path)
            texts = dockerfile.files(locked.python, project.base)
            assemble.complete(bundle, run, notebooks, locked.text, locked.distributions, texts)
        with clock("prove"):
            verified = verify.verify(staged, run.capture.get("warnings", ()))
        with clock("evidence"):
            kept.result()
            _card(staged, verified)
            leaks.clean(staged, leaks.of_this_machine(notebooks, environment, project))
        image = make_image(verified) if make_image else None
        with clock("publish"):
            swap.publish(staged, project.output)
    image = _pushed(image, clock) if image and order.push else image
    statements = {"in": slice_.statements_in, "out": slice_.statements_out}
    said = (*changes.notes(slice_, environment), *run.capture["warnings"])
    notes = (*slice_.caveats, *added, *(proven.notes if proven else ()), *said)
    built = Built(manifest.load(project.output), verified.report, image, clock.timings, statements, notes)
    return built, _json(run.directory / "run.json")["observed"]


def image(directory: Path, ref: str, base: str | None, push: bool, listener: Listener) -> Image:
    """The image of a bundle: engine and base checked, the bundle proven here, then in its container, then tagged."""
    from nbforge.bundle import manifest

    clock = Clock(listener)
    make_image = _image_maker(ref, base, manifest.load(directory).manifest["lock"]["python"], clock)
    made = make_image(verify(directory, listener))
    return _pushed(made, clock) if push else made


def verify(directory: Path, listener: Listener) -> VerifiedBundle:
    """The proof of a bundle, from its files alone."""
    from nbforge.bundle import verify as proof

    with Clock(listener)("prove"):
        return proof.verify(directory)


def serve(directory: Path, host: str, port: int, ready: Callable[[str], None], workers: int | None = None) -> None:
    """Run a bundle's service in the foreground; ``ready`` is told its address, ``workers`` else a setting."""
    from nbforge.bundle import serve as service

    service.serve(directory, host, port, ready, workers)


def score(directory: Path, rows: Path, output: Path) -> int:
    """Score a CSV file through a bundle's own service; returns the number of rows."""
    from nbforge.bundle import score as scoring

    return scoring.score(directory, rows, output)


def summary(built: Built) -> str:
    """What a build says at its end."""
    from nbforge.views import terminal

    contract = _json(built.bundle.directory / "contract.json")
    text = terminal.build_summary(
        built.bundle.manifest,
        contract,
        built.report,
        built.bundle.directory,
        built.image,
        built.statements,
        built.reused,
    )
    return "\n".join([*(f"Note: {each}" for each in built.notes), text])


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _options(project: Project) -> RunOptions:
    from nbforge.training.options import RunOptions

    return RunOptions(
        env_names=project.env,
        capture=project.capture_options(),
        reuse_network_runs=project.reuse_network_runs,
        keep=project.output.parent,
        output=project.output,
    )


def _prove_slice(slice_: Slice, outcome: Outcome, runner: Runner, clock: Clock) -> Proven:
    """The whole notebook makes the same service; raises where it does not."""
    from nbforge.soundness import prove

    with clock("whole"):
        return prove.prove(slice_, outcome, runner)


def _evidence(staged: Path, slice_: Slice, run: Run, project: Project, proven: Proven | None) -> None:
    """Executed notebooks, lineage, and the training slice with its own full lock and parameters.

    Needs nothing of lock and proof, which mostly wait for other processes: it is done meanwhile.
    """
    from nbforge.bundle.assemble import write_json
    from nbforge.environments.full_lock import full_lock
    from nbforge.training import evidence
    from nbforge.training.redact import Redactor

    redactor = Redactor.of(project.env, os.environ)
    evidence.executed(run, staged / "evidence")
    for name in ("lineage.json", "cells.json"):
        write_json(staged / "evidence" / name, _json(run.directory / name))
    if proven:
        write_json(staged / "evidence" / "slice-proof.json", proven.report)
    evidence.training_slice(slice_, staged / "training", redactor)
    (staged / "training" / "requirements.lock").write_text(full_lock(run.environment), "utf-8")
    write_json(staged / "training" / "parameters.json", redactor.json(dict(slice_.parameters)))


def _card(staged: Path, verified: VerifiedBundle) -> None:
    """The bundle's README, which tells of the proof."""
    from nbforge.views import model_card

    contract, lineage = _json(staged / "contract.json"), _json(staged / "evidence" / "lineage.json")
    card = model_card.render(verified.bundle.manifest, contract, verified.report, lineage)
    (staged / "README.md").write_text(card, "utf-8")


def _told(order: Order, environment: Environment) -> str:
    """The key of everything that this build is told."""
    from nbforge.bundle import record

    values = {name: os.environ.get(name) for name in order.project.env}
    digests = record.file_digests(order.notebooks)
    return record.key(
        asdict(order.project), order.parameters, digests, values, environment.fingerprint, order.prove_slice
    )


def _recall(order: Order, environment: Environment, timings: Mapping[str, float]) -> Built | None:
    """What the last build made, if nothing that it was told or that its run read has changed since."""
    from nbforge.bundle import record
    from nbforge.training import inputs, launcher

    project = order.project
    found = record.recall(_told(order, environment), project.output)
    if found is None:
        return None
    bundle, written = found
    observed = inputs.Observed.from_json(written["observed"])
    variables = launcher.kernel_environment(environment, os.environ, project.env, {})
    if observed.used_network() and not project.reuse_network_runs:
        return None
    if inputs.changed(observed, variables, (project.output, project.output.parent)):
        return None
    image = _found(project, bundle) if project.image else None
    if project.image and image is None:
        return None
    report = _json(bundle.directory / "evidence" / "verification.json")
    return Built(bundle, report, image, timings, written["statements"], tuple(written["notes"]), reused=True)


def _remember(order: Order, environment: Environment, built: Built, observed: Json) -> None:
    from nbforge.bundle import record

    written = {"observed": observed, "statements": dict(built.statements), "notes": list(built.notes)}
    record.remember(_told(order, environment), built.bundle, written)


def _image_maker(ref: str, base: str | None, python: str, clock: Clock) -> Callable[[VerifiedBundle], Image]:
    """Check engine and base, and return what makes a proven bundle an image."""
    from nbforge.images import docker
    from nbforge.images.base import default_base

    docker.split_ref(ref)
    with clock("engine"):
        found = docker.preflight(base or default_base(python), python)

    def make(verified: VerifiedBundle) -> Image:
        from nbforge.bundle.verify import SETTINGS, prove_url
        from nbforge.images.plan import plan

        def prove(image_id: str) -> None:
            with docker.run_container(image_id, SETTINGS) as container:
                prove_url(verified, container.url)

        with clock("image"):
            made = plan(verified, found, docker.base_layer(found))
            return docker.DockerBuilder().build(made, ref, prove)

    return make


def _found(project: Project, bundle: Bundle) -> Image | None:
    """The image that was asked for, if the engine has it as this bundle makes it."""
    from nbforge.images import dockerfile
    from nbforge.images.docker.lookup import find

    recipe = dockerfile.read((bundle.directory / "Dockerfile").read_text("utf-8"))
    return find(str(project.image), bundle.version, recipe.base)


def _pushed(image: Image, clock: Clock) -> Image:
    from nbforge.images.docker import DockerBuilder

    with clock("push"):
        return DockerBuilder().push(image)
