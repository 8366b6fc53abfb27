"""What goes wrong in a kernel, told in the notebook's terms: the cell, its lines, and what to do."""

from __future__ import annotations

import ast
import re
import signal
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

from nbforge.errors import BY_EXIT_CODE, GateError, NbforgeError, TrainingError
from nbforge.training import changes
from nbforge.training.diagnosis import Diagnosis, diagnose, how_to_install
from nbforge.training.kernel.launch import NO_IPYKERNEL
from nbforge.training.port import CellError, KernelDiedError
from nbforge.values import CellSlice, Environment, Json, Slice

LOG_LINES = 30
"""How much of the kernel's own output is worth showing."""

STATEMENT_LENGTH = 100
"""How much of a statement a message shows."""

_CHANGES = "in: changes"
"""How the reason of a cell begins that is kept for what it may do to the values of others."""

_STRINGS = "string dtype"
"""What pandas says of text that was to be a number: of columns that were told apart by a type that text has no more."""

_WITHOUT_NUMPY = "ModuleNotFoundError: No module named 'numpy'"
"""What a hook raises in an environment that holds nothing that models are made with."""

_FRAME = re.compile(r"Cell In\s?\[(\d+)\], line (\d+)")
_NUMBERED = re.compile(r"^(-+>\s*|\s*)(\d+)( |$)")


def cell_failure(
    failed: CellError,
    cell: CellSlice,
    notebook: str,
    executed: Mapping[int, CellSlice],
    saved: Path | None,
    environment: Environment | None = None,
    before: Sequence[CellSlice] = (),
) -> NbforgeError:
    """The error for a cell that raised: exit 7 for a test cell, else 4.

    Args:
        failed: what it raised.
        cell: the cell.
        notebook: the notebook's file name.
        executed: the cell that each execution count of the kernel belongs to.
        saved: where the executed notebook was kept.
        environment: where it ran.
        before: the cells of the slice that had run, in their order.
    """
    statement = _statement(failed, executed)
    found = diagnose(failed, statement, environment)
    unexplained = found.code == "cell-failed" or _STRINGS in failed.evalue
    if unexplained and (told := changes.suspects((*before, cell), environment)):
        found = Diagnosis("changed-meaning", found.name if found.code == "cell-failed" else None, told)
    aside = " If the model does not need what the cell does, tag it `skip`." if cell.reason.startswith(_CHANGES) else ""
    look = f"The executed notebook is {saved}." if saved else ""
    remedy = " ".join(f"{found.remedy}{aside} {look}".split()) or "The traceback shows the statement."
    error, code = (GateError, "test-failed") if "test" in cell.roles else (TrainingError, found.code)
    return error(
        _message(failed, statement),
        code=code,
        notebook=notebook,
        cell=cell.index,
        name=found.name,
        remedy=remedy,
        detail=retold(failed, executed),
    )


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


def hook_failure(message: str, notebook: str, traceback: str, environment: Environment | None) -> NbforgeError:
    """The error for a hook that raised what it should not: exit 1, or 4 where the environment lacks what it needs."""
    if _WITHOUT_NUMPY in message:
        return TrainingError(
            "the environment that the notebook runs in has no numpy, which a build keeps its values with.",
            remedy=how_to_install("numpy", environment),
            code="missing-module",
            notebook=notebook,
            name="numpy",
        )
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


def _message(failed: CellError, statement: str) -> str:
    """The exception in one line, and the statement that raised it."""
    said = next((line.strip() for line in failed.evalue.splitlines() if line.strip()), "")
    exception = f"{failed.ename}: {said}" if said else failed.ename
    shown = " ".join(statement.split())
    if not shown:
        return exception
    if len(shown) > STATEMENT_LENGTH:
        shown = f"{shown[: STATEMENT_LENGTH - 3]}..."
    return f"{exception}, in `{shown}`"


def _statement(failed: CellError, executed: Mapping[int, CellSlice]) -> str:
    """The innermost statement of the notebook that was running, as it is written; empty where that cannot be told."""
    frames = [frame for frame in _FRAME.finditer(failed.traceback) if int(frame[1]) in executed]
    if not frames:
        return ""
    cell, line = executed[int(frames[-1][1])], int(frames[-1][2])
    try:
        tree = ast.parse(cell.code)
    except SyntaxError:
        return ""
    statements = (node for node in ast.walk(tree) if isinstance(node, ast.stmt))
    around = [node for node in statements if node.lineno <= line <= (node.end_lineno or 0)]
    if not around:
        return ""
    node = min(around, key=lambda each: ((each.end_lineno or 0) - each.lineno, -each.col_offset))
    body = getattr(node, "body", None)
    last = body[0].lineno - 1 if body and body[0].lineno > node.lineno else node.end_lineno
    return textwrap.dedent("\n".join(cell.source.splitlines()[node.lineno - 1 : last])).strip()


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
