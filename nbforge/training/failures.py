"""What goes wrong in a kernel, told in the notebook's terms: the cell, its lines, and what to do."""

from __future__ import annotations

import re
import signal
from collections.abc import Mapping
from pathlib import Path

from nbforge.errors import BY_EXIT_CODE, GateError, NbforgeError, TrainingError
from nbforge.training.kernel.launch import NO_IPYKERNEL
from nbforge.training.port import CellError, KernelDiedError
from nbforge.values import CellSlice, Json, Slice

LOG_LINES = 30
"""How much of the kernel's own output is worth showing."""

_FRAME = re.compile(r"Cell In\s?\[(\d+)\], line (\d+)")
_NUMBERED = re.compile(r"^(-+>\s*|\s*)(\d+)( |$)")
_MISSING_MODULE = re.compile(r"No module named '([^']+)'")
_MISSING_FILE = re.compile(r"No such file or directory: '([^']+)'|([^\s:'\"]+) (?:does not exist|not found)")
_NAME_ERROR = re.compile(r"name '([^']+)' is not defined")


def cell_failure(failed: CellError, cell: CellSlice, notebook: str, traceback: str, saved: Path | None) -> NbforgeError:
    """The error for a cell that raised: exit 7 for a test cell, else 4.

    ``traceback`` is from :func:`retold`; ``saved`` is where the executed notebook was kept.
    """
    look = f"The executed notebook is {saved}." if saved else ""
    message = f"{failed.ename}: {failed.evalue}".strip().rstrip(":")
    first_line = message.splitlines()[0] if message else failed.ename
    code, name, remedy = _diagnosis(failed)
    remedy = f"{remedy} {look}".strip() or "The traceback shows the statement."
    error, code = (GateError, "test-failed") if "test" in cell.roles else (TrainingError, code)
    return error(first_line, code=code, notebook=notebook, cell=cell.index, name=name, remedy=remedy, detail=traceback)


def retold(failed: CellError, executed: Mapping[int, CellSlice]) -> str:
    """The traceback with cells and lines as the notebook has them.

    ``executed`` gives the cell that each execution count of the kernel belongs to.
    """
    lines: list[str] = []
    numbers: tuple[int, ...] = ()
    for told in failed.traceback.splitlines():
        line, frame = told, _FRAME.search(told)
        if frame or told.lstrip().startswith("File "):
            cell = executed.get(int(frame[1])) if frame else None
            numbers = cell.lines if cell else ()
            if frame and cell:
                line = _FRAME.sub(f"Cell {cell.index}, line {_original(int(frame[2]), numbers)}", told, count=1)
        elif numbers and (numbered := _NUMBERED.match(told)):
            shown = str(_original(int(numbered[2]), numbers))
            line = f"{numbered[1]}{shown.rjust(len(numbered[2]))}{told[numbered.end(2) :]}"
        lines.append(line)
    return "\n".join(lines)


def kernel_death(died: KernelDiedError, notebook: str, python: Path) -> TrainingError:
    """The error for a kernel process that ended: exit 4, naming the cell if one was running."""
    log = "\n".join(died.log.splitlines()[-LOG_LINES:])
    if died.status == NO_IPYKERNEL:
        return TrainingError(
            "the training environment has no ipykernel",
            code="no-kernel",
            notebook=notebook,
            name="ipykernel",
            remedy=f"Install it: {python} -m pip install ipykernel",
            detail=log,
        )
    if died.index is None:
        return TrainingError(
            f"the kernel did not start{_ending(died.status)}",
            code="no-kernel",
            notebook=notebook,
            remedy=f"Check that {python} -m ipykernel_launcher works.",
            detail=log,
        )
    return TrainingError(
        f"the kernel died{_ending(died.status)}",
        code="dead-kernel",
        notebook=notebook,
        cell=died.index,
        remedy="Run the cell by itself, with less data if memory may be short.",
        detail=log,
    )


def our_fault(message: str, notebook: str, traceback: str) -> NbforgeError:
    """The error for a hook that raised what it should not: exit 1."""
    return NbforgeError(
        message.partition("\n")[0],
        remedy="This is a fault of nbforge, please report it with the traceback.",
        code="kernel-hook",
        notebook=notebook,
        detail=traceback,
    )


def refusal(error: Mapping[str, Json], slice_: Slice) -> NbforgeError:
    """The error for ``error.json``, which capture writes instead of its files."""
    notebook = error.get("notebook")
    if isinstance(notebook, int):
        notebook = slice_.notebooks[notebook].path.name
    return BY_EXIT_CODE.get(error["exit"], NbforgeError)(
        error["message"],
        remedy=error.get("remedy") or "",
        code=error.get("code") or "",
        notebook=notebook,
        cell=error.get("cell"),
        name=error.get("name"),
        detail=error.get("detail") or "",
    )


def missing_name(failed: CellError) -> str | None:
    """The name that a ``NameError`` is about."""
    found = _NAME_ERROR.search(failed.evalue) if failed.ename in ("NameError", "UnboundLocalError") else None
    return found[1] if found else None


def _diagnosis(failed: CellError) -> tuple[str, str | None, str]:
    """Code, name and remedy for the failures that have a usual cause."""
    if failed.ename == "ModuleNotFoundError" and (module := _MISSING_MODULE.search(failed.evalue)):
        package = module[1].partition(".")[0]
        remedy = f"Add the distribution that provides `{package}` to requirements.txt beside the notebook."
        return "missing-module", module[1], remedy
    if failed.ename == "FileNotFoundError":
        file = _MISSING_FILE.search(failed.evalue)
        name = next((group for group in file.groups() if group), None) if file else None
        return (
            "missing-data",
            name,
            "Paths are relative to the notebook's folder; put the file there or correct the path.",
        )
    return "cell-failed", missing_name(failed), ""


def _original(line: int, numbers: tuple[int, ...]) -> int:
    return numbers[line - 1] if 0 < line <= len(numbers) else line


def _ending(status: int | None) -> str:
    if status is None:
        return ""
    if status < 0:
        try:
            name = signal.Signals(-status).name
        except ValueError:
            name = f"signal {-status}"
        return f" ({name}{', perhaps out of memory' if name == 'SIGKILL' else ''})"
    return f" (exit status {status})"
