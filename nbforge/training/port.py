"""The kernel as the rest of training sees it, and the three ways in which it disappoints."""

from __future__ import annotations

from typing import Protocol

from nbforge.values import Json


class Kernel(Protocol):
    """A live kernel that holds one notebook."""

    def cell(self, index: int) -> None:
        """Execute cell ``index`` as its source stands; raises :class:`CellError` or :class:`KernelDiedError`."""

    def call(self, module: str, function: str, *arguments: Json) -> Json:
        """Call a function below ``nbforge.training.kernel``; raises :class:`HookError` or :class:`KernelDiedError`."""


class CellError(Exception):
    """A cell raised. ``traceback`` is IPython's, plain text, in terms of what the kernel executed."""

    def __init__(self, index: int, ename: str, evalue: str, traceback: str) -> None:
        super().__init__(f"{ename}: {evalue}")
        self.index = index
        self.ename = ename
        self.evalue = evalue
        self.traceback = traceback


class CellExitError(CellError):
    """A cell ended its kernel, with ``exit()`` say: nothing can run after it."""


class HookError(Exception):
    """Our own code in the kernel raised what it should not."""

    def __init__(self, function: str, message: str, traceback: str) -> None:
        super().__init__(f"{function}: {message}")
        self.traceback = traceback


class KernelDiedError(Exception):
    """The process ended by itself, or never answered.

    ``index`` is the last cell that was sent to it, ``None`` before the first; ``status`` is the exit status
    (negative: a signal), ``None`` when it is still running; ``log`` is what the process printed outside of cells.
    """

    def __init__(self, index: int | None, status: int | None, log: str) -> None:
        super().__init__(f"kernel died with status {status}")
        self.index = index
        self.status = status
        self.log = log
