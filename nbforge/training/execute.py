"""Slice -> Run: the cheapest of reusing a finished run, continuing a finished training, and training."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from nbforge.training import inputs, launcher, lineage
from nbforge.training.attempt import Attempt, StaleCheckpointError, Training, facts, failed_path
from nbforge.training.cache import RunCache
from nbforge.training.inputs import Observed
from nbforge.training.keys import Keys, entry_notebook, keys
from nbforge.training.options import Progress, RunOptions
from nbforge.training.redact import Redactor
from nbforge.values import Environment, Run, Slice


def run(
    slice_: Slice, environment: Environment, overlay: Path, options: RunOptions, cache: RunCache, progress: Progress
) -> Run:
    """Execute ``slice_`` in kernels of ``environment``, as far as that has not been done before.

    ``Run.directory`` is an entry of ``cache``: read it, never write to it. It holds ``capture/``
    (docs/architecture.md), ``notebooks/<i>-<name>.ipynb`` (executed, redacted), ``lineage.json`` and ``cells.json``.
    ``Run.timings`` are seconds: ``total``, and of the phases that really ran ``start``, ``training``, ``checkpoint``,
    ``restore``, ``serving``, ``capture``.

    Raises:
        UsageError: a variable of ``env_names`` is not set.
        NotebookError: capture refuses a value (exit 3), or a secret is in one.
        TrainingError: a cell raised, a kernel died or did not start (exit 4).
        GateError: a test cell failed (exit 7).
    """
    began = time.monotonic()
    redactor = Redactor.of(options.env_names, os.environ)
    found = keys(slice_, environment, overlay, options)
    variables = launcher.kernel_environment(environment, os.environ, options.env_names, {})

    def usable(observed: Observed) -> bool:
        if observed.used_network() and not options.reuse_network_runs:
            return False
        products = tuple(path.absolute() for path in (options.output, options.keep) if path)
        return inputs.changed(observed, variables, products) is None

    whole = cache.find("captures", found.capture, lambda entry: usable(_observed(entry))) if options.reuse else None
    if whole:
        return _run(whole, found, environment, began, reused=True)

    resumed = None
    if options.reuse and not slice_.ordered:
        folder = cache.find("training", found.training, lambda entry: usable(Training.load(entry).observed))
        resumed = Training.load(folder) if folder else None
    with cache.workspace() as work:
        common = (slice_, environment, overlay, options, cache, progress, redactor, found, variables)
        attempt = Attempt(*common, work / "a", resumed)
        try:
            attempt.run()
        except StaleCheckpointError as stale:
            progress.stage(f"training again: {stale}")
            attempt = Attempt(*common, work / "b")
            attempt.run()
        finished = work / "finished"
        (attempt.work / "run").rename(finished)
        home = options.working_directory or slice_.notebooks[entry_notebook(slice_)].path.parent.absolute()
        told = lineage.document(slice_, attempt.observed, environment, options.env_names, home)
        (finished / "lineage.json").write_text(json.dumps(redactor.json(told), indent=2) + "\n", encoding="utf-8")
        cells = lineage.cells(slice_, attempt.cells, home)
        (finished / "cells.json").write_text(json.dumps(redactor.json(cells), indent=2) + "\n", encoding="utf-8")
        (finished / "run.json").write_text(json.dumps(facts(attempt)), encoding="utf-8")
        place = cache.store("captures", found.capture, finished)
    if options.keep:
        for notebook in slice_.notebooks:
            failed_path(options.keep, notebook).unlink(missing_ok=True)
    return _run(place, found, environment, began, reused=False)


def _observed(entry: Path) -> Observed:
    return Observed.from_json(json.loads((entry / "run.json").read_text(encoding="utf-8"))["observed"])


def _run(entry: Path, found: Keys, environment: Environment, began: float, reused: bool) -> Run:
    capture = json.loads((entry / "capture" / "capture.json").read_text(encoding="utf-8"))
    seconds = {} if reused else json.loads((entry / "run.json").read_text(encoding="utf-8"))["seconds"]
    return Run(
        directory=entry,
        key=found.training,
        reused=reused,
        environment=environment,
        capture=capture,
        timings={**seconds, "total": time.monotonic() - began},
    )
