"""papermill, and nothing but papermill: a registered engine whose client lets a conversation decide what runs when.

papermill's engine executes all cells from top to bottom. Here a callable is given the live kernel instead, so that
hooks run between cells, cells out of the slice are left alone, and serving cells come after the checkpoint.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import ensure_event_loop
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbclient.util import run_sync
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NotebookExecutionManager, papermill_engines
from papermill.iorw import load_notebook_node

from nbforge.training.launcher import Launch
from nbforge.training.port import CellError, CellExitError, HookError, Kernel, KernelDiedError
from nbforge.values import Json

Document = Any
"""A notebook as nbformat's ``NotebookNode``."""

NAME = "nbforge"
SAVE_EVERY = 5.0
"""Seconds between two writings of the document while cells run; a notebook with large outputs is costly to write."""

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_silent = logging.getLogger("nbforge.kernel")
_silent.addHandler(logging.NullHandler())
_silent.propagate = False


def _expect_no_answer() -> None:
    """Notes how the interrupted requests end once the kernel is gone: else asyncio prints their errors at exit."""
    for task in asyncio.all_tasks(ensure_event_loop()):
        task.add_done_callback(lambda done: done.cancelled() or done.exception())


def load(path: Path) -> Document:
    """Read a notebook with papermill, upgraded to nbformat 4."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # missing cell ids and the like: papermill adds them
        return load_notebook_node(str(path))


def execute(
    document: Document,
    launch: Launch,
    talk: Callable[[Kernel], None],
    write: Callable[[Document], None],
    resumed: bool = False,
) -> None:
    """Start a kernel, let ``talk`` use it, and stop it, whatever happens.

    Args:
        document: executed in place.
        launch: how the kernel is started.
        talk: what to do with the kernel.
        write: saves the document; called now and then while cells run, and at the end.
        resumed: keep the outputs that ``document`` has; they are of the training that is continued.

    Raises:
        CellError, HookError, KernelDiedError: see :mod:`.port`.
    """
    papermill_engines.register(NAME, _Engine)
    papermill_engines.execute_notebook_with_engine(
        NAME, document, kernel_name=NAME, launch=launch, talk=talk, write=write, resumed=resumed
    )


class _Manager(NotebookExecutionManager):  # type: ignore[misc]  # papermill has no types
    """Writes through the caller, who redacts, and not at every one of papermill's many occasions."""

    def __init__(self, nb: Document, write: Callable[[Document], None]) -> None:
        super().__init__(nb, output_path=None, progress_bar=False)
        self._write = write
        self._written = time.monotonic()

    def save(self, **_: Any) -> None:
        if time.monotonic() - self._written >= SAVE_EVERY:
            self.flush()

    def flush(self) -> None:
        self._write(self.nb)
        self._written = time.monotonic()


class _Engine(Engine):  # type: ignore[misc]
    @classmethod
    def execute_notebook(
        cls,
        nb: Document,
        kernel_name: str,  # noqa: ARG003  # papermill passes it; the launch says what is started
        *,
        launch: Launch,
        talk: Callable[[Kernel], None],
        write: Callable[[Document], None],
        resumed: bool,
    ) -> Document:
        manager = _Manager(nb, write)
        kept = [(cell.get("outputs"), cell.get("execution_count")) for cell in nb.cells]
        manager.notebook_start()
        if resumed:
            for cell, (outputs, count) in zip(nb.cells, kept, strict=True):
                if cell.cell_type == "code":
                    cell.outputs, cell.execution_count = outputs, count
        try:
            _Client(manager, launch, talk).execute(cwd=str(launch.working_directory), env=dict(launch.environment))
        finally:
            manager.notebook_complete()
            manager.flush()
        return nb


class _Specs(KernelSpecManager):
    """Knows one kernelspec, which is nowhere on disk."""

    def __init__(self, command: tuple[str, ...]) -> None:
        super().__init__()
        self._spec = KernelSpec(argv=list(command), language="python", display_name=NAME, interrupt_mode="signal")

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:  # noqa: ARG002  # the interface's
        return self._spec


class _Client(PapermillNotebookClient):  # type: ignore[misc]
    def __init__(self, manager: _Manager, launch: Launch, talk: Callable[[Kernel], None]) -> None:
        super().__init__(manager, log=_silent, kernel_name=NAME, startup_timeout=launch.start_timeout, timeout=None)
        self.shell_timeout_interval = 1  # how soon a death in a silent request is noticed, in seconds
        self._launch = launch
        self._talk = talk
        self._process: Any = None
        self._last_cell: int | None = None
        self._calls = 0
        self._reply: dict[str, Json] = {}
        self.on_cell_executed = self._executed

    def create_kernel_manager(self) -> AsyncKernelManager:
        self.km = AsyncKernelManager(
            kernel_name=NAME,
            kernel_spec_manager=_Specs(self._launch.command),
            connection_file=str(self._launch.connection_file),
            log=_silent,
        )
        return self.km

    async def async_start_new_kernel(self, **options: Any) -> None:
        with self._launch.log.open("ab") as log:
            try:
                await self.km.start_kernel(stdout=log, stderr=log, **options)
            except OSError as error:
                log.write(f"{error}\n".encode())
                raise DeadKernelError(str(error)) from error
        self._process = getattr(self.km.provisioner, "process", None)

    start_new_kernel = run_sync(async_start_new_kernel)

    def execute(self, **options: Any) -> Document:
        try:
            return super().execute(**options)
        except RuntimeError as error:
            if isinstance(error, DeadKernelError) or self._is_gone(error):
                raise self._death() from error
            raise

    def papermill_execute_cells(self) -> None:
        try:
            self._talk(self)
        except KeyboardInterrupt:
            self.km.shutdown_wait_time = 1.0  # seconds: the user waits
            _expect_no_answer()
            raise

    def cell(self, index: int) -> None:
        """See :class:`.port.Kernel`."""
        cell = self.nb.cells[index]
        self._last_cell = index
        self.nb_man.cell_start(cell, index)
        try:
            self.execute_cell(cell, index)
        except CellExecutionError as error:
            self.nb_man.cell_exception(cell, cell_index=index, exception=error)
            raise _failure(index, cell, error) from None
        finally:
            self.nb_man.cell_complete(cell, cell_index=index)
        if any(item.get("source") == "ask_exit" for item in self._reply.get("payload", ())):
            # The kernel goes on for a moment; what would run in it is a matter of luck.
            raise CellExitError(index, "SystemExit", "the cell ends the kernel", "")

    def call(self, module: str, function: str, *arguments: Json) -> Json:
        """See :class:`.port.Kernel`."""
        self._calls += 1
        reply = self._launch.replies / f"reply-{self._calls}.json"
        request = json.dumps({"module": module, "function": function, "arguments": arguments})
        expression = f"__import__('nbforge.training.kernel.hooks', fromlist=['call']).call({request!r}, {str(reply)!r})"
        # Code is empty and the expression a "user expression": no transformer, history or event of IPython sees it.
        message = self.kc.execute(
            "", silent=True, store_history=False, allow_stdin=False, user_expressions={"reply": expression}
        )
        self.wait_for_reply(message)
        if not reply.exists():
            raise HookError(function, "interrupted before it answered", "")
        answer = json.loads(reply.read_text(encoding="utf-8"))
        reply.unlink()
        if "error" in answer:
            raise HookError(function, answer["error"], answer["traceback"])
        return answer["value"]

    def _executed(self, execute_reply: dict[str, Json], **_: Json) -> None:
        self._reply = execute_reply["content"]

    def _is_gone(self, error: RuntimeError) -> bool:
        """Whether a ``RuntimeError``, jupyter_client's only class for it, says that the kernel never got ready."""
        return self._last_cell is None and "kernel" in str(error).lower()

    def _death(self) -> KernelDiedError:
        log = self._launch.log.read_text(encoding="utf-8", errors="replace") if self._launch.log.exists() else ""
        status = self._process.poll() if self._process is not None else None
        return KernelDiedError(self._last_cell, status, log)


def _failure(index: int, cell: Document, error: CellExecutionError) -> CellError:
    """What the cell's own error output says; more than nbclient's exception, which cuts it."""
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            return CellError(index, output.ename, output.evalue, _ANSI.sub("", "\n".join(output.traceback)))
    return CellError(index, error.ename, error.evalue, _ANSI.sub("", error.traceback))
