"""One try at a run, in a workspace of its own: notebook after notebook, from the start or from a checkpoint."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nbforge.errors import NbforgeError
from nbforge.training import diagnosis, documents, failures, inputs, launcher
from nbforge.training.cache import RunCache
from nbforge.training.inputs import Observed
from nbforge.training.kernel.hooks import SESSION
from nbforge.training.keys import Keys, entry_notebook
from nbforge.training.options import Progress, RunOptions
from nbforge.training.phases import Conversation, Counter
from nbforge.training.port import CellError, HookError, Kernel, KernelDiedError
from nbforge.training.redact import Redactor
from nbforge.values import CellSlice, Environment, Json, Notebook, Slice

STAGE_VARIABLE = "S2I_PIPELINE_STAGE_SAVE_FILE"


class StaleCheckpointError(Exception):
    """What a restored kernel lacks came to light; only training again helps. The text says what it was."""


@dataclass(frozen=True, slots=True)
class Training:
    """A finished training in the cache: a folder with ``training.json`` and what it describes."""

    folder: Path
    observed: Observed
    unsaved: Mapping[str, str]
    cells: tuple[Json, ...] = ()

    @classmethod
    def load(cls, folder: Path) -> Training:
        """Raises ``OSError``, ``ValueError`` or ``KeyError`` for what :meth:`save` did not write."""
        facts = json.loads((folder / "training.json").read_text(encoding="utf-8"))
        return cls(folder, Observed.from_json(facts["observed"]), facts["unsaved"], tuple(facts["cells"]))

    def save(self) -> None:
        """Write ``training.json``."""
        facts = {"observed": self.observed.to_json(), "unsaved": dict(self.unsaved), "cells": list(self.cells)}
        (self.folder / "training.json").write_text(json.dumps(facts), encoding="utf-8")


@dataclass(slots=True)
class Attempt:
    """Runs the kernels. After :meth:`run`, ``work / "run"`` holds ``capture/`` and ``notebooks/``.

    ``work / "training"`` holds what the training phases leave behind: ``state/`` (the session's) and ``stages/``
    (what nachlass notebooks dump). With the checkpoint it becomes an entry of the cache as soon as the training is
    done, so that nothing that fails later costs it again.
    """

    slice: Slice
    environment: Environment
    overlay: Path
    options: RunOptions
    cache: RunCache
    progress: Progress
    redactor: Redactor
    keys: Keys
    variables: Mapping[str, str]
    work: Path
    resumed: Training | None = None
    observed: Observed = field(default_factory=Observed)
    seconds: dict[str, float] = field(default_factory=dict)
    cells: list[Json] = field(default_factory=list)

    def run(self) -> None:
        """Execute what has to be executed.

        Raises:
            StaleCheckpointError: a resumed attempt met something that the checkpoint does not have.
            NbforgeError: the notebook's failure, told in its terms.
        """
        for folder in ("training/state", "training/stages", "run/capture", "run/notebooks"):
            (self.work / folder).mkdir(parents=True)
        last = entry_notebook(self.slice)
        first = 0
        if self.resumed:
            first = last
            self.observed = self.resumed.observed
            self.cells = list(self.resumed.cells)
            for name in ("state", "stages"):
                shutil.copytree(self.resumed.folder / name, self.work / "training" / name, dirs_exist_ok=True)
            for index in range(last):
                name = documents.file_name(self.slice.notebooks[index], index)
                shutil.copyfile(self.resumed.folder / "notebooks" / name, self.work / "run" / "notebooks" / name)
        self._write_plan()
        counter = Counter(sum(self._runs(cell, first, last) for cell in self.slice.cells))
        try:
            for index in range(first, len(self.slice.notebooks)):
                self._notebook(index, last, counter)
            self._check_refusal()
        except NbforgeError as error:
            error.cells = tuple(self.cells)
            raise
        self.redactor.clean(self.work / "run" / "capture")

    def _notebook(self, index: int, last: int, counter: Counter) -> None:
        from nbforge.training import engine

        notebook = self.slice.notebooks[index]
        kept = self.work / "run" / "notebooks" / documents.file_name(notebook, index)
        document = engine.load(notebook.path)
        documents.prepare(document, self.slice, index)
        continued = self.resumed if index == last else None
        if continued:
            earlier = engine.load(continued.folder / "notebooks" / kept.name)
            cells = [cell.index for cell in documents.training_cells(self.slice, index)]
            documents.take_outputs(document, earlier, cells)

        def write(executed: documents.Document) -> None:
            documents.write(executed, kept, self.redactor)

        def talk(kernel: Kernel) -> None:
            conversation = self._conversation(kernel, index, counter)
            conversation.start()
            if index == last:
                self._entry(conversation, lambda: write(document))
            elif self.slice.ordered:
                self._in_order(conversation)
            else:
                self._whole(conversation)
            self.observed = inputs.add(self.observed, conversation.observed(), self.variables)

        self.progress.stage(f"starting the kernel for {notebook.path.name}")
        try:
            engine.execute(document, self._launch(index), talk, write, resumed=continued is not None)
        except (CellError, HookError, KernelDiedError) as failure:
            if self.resumed and (reason := _lacking(failure, self.resumed)):
                raise StaleCheckpointError(reason) from failure
            raise self._told(failure, notebook, index, document, kept) from failure

    def _whole(self, conversation: Conversation) -> None:
        conversation.cells("training", self._phase(conversation.index, "training"))
        if conversation.notebook.stage:
            conversation.finish_stage()
        conversation.cells("serving", self._phase(conversation.index, "serving"))

    def _in_order(self, conversation: Conversation) -> None:
        """As the notebook stands. Nothing is saved: what runs beside the slice is wanted once."""
        mine = [cell for cell in self.slice.cells if cell.notebook == conversation.index and cell.included]
        conversation.cells("training", mine)
        if conversation.notebook.stage:
            conversation.finish_stage()

    def _entry(self, conversation: Conversation, write: Callable[[], None]) -> None:
        if self.slice.ordered:
            self._in_order(conversation)
            self._capture(conversation)
            return
        if self.resumed:
            conversation.restore(self.resumed.folder / "checkpoint.pkl")
        else:
            conversation.cells("training", self._phase(conversation.index, "training"))
            if conversation.notebook.stage:
                conversation.finish_stage()
            write()
            self._keep_training(conversation)
        conversation.cells("serving", self._phase(conversation.index, "serving"))
        self._capture(conversation)

    def _capture(self, conversation: Conversation) -> None:
        self.progress.stage("capturing what scoring needs")
        conversation.capture(self.work / "run" / "capture")

    def _keep_training(self, conversation: Conversation) -> None:
        """Put the training into the cache. That this fails, on a full disk say, is no reason for the build to fail."""
        self.progress.stage("saving the finished training")
        entry = self.work / f"entry-{uuid.uuid4().hex[:8]}"
        try:
            shutil.copytree(self.work / "training", entry)
            shutil.copytree(self.work / "run" / "notebooks", entry / "notebooks")
            unsaved = conversation.checkpoint(entry / "checkpoint.pkl")
            observed = inputs.add(self.observed, conversation.observed(), self.variables)
            Training(entry, observed, unsaved, tuple(self.cells)).save()
            self.cache.store("training", self.keys.training, entry)
        except (HookError, OSError) as error:
            shutil.rmtree(entry, ignore_errors=True)
            self.progress.stage(f"the finished training could not be saved: {error}")

    def _conversation(self, kernel: Kernel, index: int, counter: Counter) -> Conversation:
        return Conversation(
            kernel=kernel,
            notebook=self.slice.notebooks[index],
            index=index,
            plan=self.work / "plan.json",
            state=self.work / "training" / "state",
            progress=self.progress,
            counter=counter,
            seconds=self.seconds,
            cells_seen=self.cells,
        )

    def _launch(self, index: int) -> launcher.Launch:
        notebook = self.slice.notebooks[index]
        variables = dict(self.variables)
        if notebook.stage:
            variables[STAGE_VARIABLE] = str(self._stage_path(index))
        return launcher.prepare(
            self.environment,
            self.overlay,
            self.work / f"kernel-{index}",
            self.options.working_directory or notebook.path.parent.absolute(),
            variables,
            ignore=[self.cache.root],
            start_timeout=self.options.start_timeout,
        )

    def _stage_path(self, index: int) -> Path:
        return self.work / "training" / "stages" / f"{index}-{self.slice.notebooks[index].name}.sav"

    def _write_plan(self) -> None:
        stages = [[n.name, str(self._stage_path(i))] for i, n in enumerate(self.slice.notebooks) if n.stage]
        plan = {**self.slice.plan(), "config": dict(self.options.capture), "stages": stages}
        (self.work / "plan.json").write_text(json.dumps(plan), encoding="utf-8")

    def _phase(self, notebook: int, phase: str) -> list[CellSlice]:
        return [c for c in self.slice.cells if c.notebook == notebook and c.included and c.phase == phase]

    def _runs(self, cell: CellSlice, first: int, last: int) -> bool:
        restored = self.resumed is not None and cell.notebook == last and cell.phase == "training"
        return cell.included and cell.notebook >= first and not restored

    def _check_refusal(self) -> None:
        path = self.work / "run" / "capture" / "error.json"
        if not path.exists():
            return
        error = self.redactor.json(json.loads(path.read_text(encoding="utf-8")))
        if self.resumed and not {error.get("name"), SESSION}.isdisjoint(self.resumed.unsaved):
            raise StaleCheckpointError("not all of the finished training could be saved")
        raise failures.refusal(error, self.slice)

    def _told(
        self,
        failure: CellError | HookError | KernelDiedError,
        notebook: Notebook,
        index: int,
        document: documents.Document,
        executed: Path,
    ) -> NbforgeError:
        name, clean = notebook.path.name, self.redactor.text
        saved = self._keep_failed(notebook, executed)
        if isinstance(failure, KernelDiedError):
            died = KernelDiedError(failure.index, failure.status, clean(failure.log))
            return failures.kernel_death(died, name, self.environment.python)
        if isinstance(failure, HookError):
            return failures.hook_failure(clean(str(failure)), name, clean(failure.traceback), self.environment)
        failed = CellError(failure.index, failure.ename, clean(failure.evalue), clean(failure.traceback))
        cells = {cell.index: cell for cell in self.slice.cells if cell.notebook == index}
        counts = {
            cell.execution_count: cells[i]
            for i, cell in enumerate(document.cells)
            if cell.get("execution_count") and i in cells
        }
        before = [cells[index] for index in sorted(cells) if index < failed.index]
        return failures.cell_failure(failed, cells[failed.index], name, counts, saved, self.environment, before)

    def _keep_failed(self, notebook: Notebook, executed: Path) -> Path | None:
        if self.options.keep is None or not executed.exists():
            return None
        target = failed_path(self.options.keep, notebook)
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f"{target.name}.{os.getpid()}")
        shutil.copyfile(executed, temporary)
        temporary.replace(target)
        return target


def _lacking(failure: CellError | HookError | KernelDiedError, resumed: Training) -> str | None:
    """What of the finished training a failure in a restored kernel is about; ``None`` when it is the user's own."""
    if isinstance(failure, HookError):
        return "the saved training could not be used"
    if isinstance(failure, KernelDiedError):
        return None if failure.index is not None else "the saved training could not be read"
    name = diagnosis.missing_name(failure)
    if name in resumed.unsaved:
        return f"`{name}` could not be saved"
    if failure.ename == "FileNotFoundError" and resumed.observed.written:
        return "a file that the training wrote is gone"
    return None


def failed_path(folder: Path, notebook: Notebook) -> Path:
    """Where the executed notebook of a failed run is kept."""
    return folder / f"{notebook.path.stem}.failed.ipynb"


def facts(attempt: Attempt) -> Json:
    """What an entry of the cache says about the run in it."""
    return {"observed": attempt.observed.to_json(), "seconds": attempt.seconds, "cells": attempt.cells}
