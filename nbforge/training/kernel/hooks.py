"""How the host calls code in the kernel between cells: one silent request a call, the answer in a file.

A file, because the reply of a kernel passes through display formatters that the notebook may have changed.
"""

from __future__ import annotations

import importlib
import json
import traceback
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

SESSION = "<session>"
"""Stands among the names that a checkpoint could not save for the session's own state."""


def call(request: str, reply: str) -> None:
    """Call ``request["function"]`` of ``request["module"]`` with ``request["arguments"]``.

    Args:
        request: the request as JSON text; the module is below ``nbforge.training.kernel``.
        reply: path that ``{"value": ...}`` or ``{"error": last line, "traceback": text}`` is written to, as JSON.
    """
    asked = json.loads(request)
    try:
        module = importlib.import_module(f"nbforge.training.kernel.{asked['module']}")
        with _builtins():
            value = getattr(module, asked["function"])(*asked["arguments"])
        text = json.dumps({"value": value})
    except Exception as error:  # noqa: BLE001  # it is told to the host, whatever it is
        line = "".join(traceback.format_exception_only(error)).strip()
        text = json.dumps({"error": line, "traceback": traceback.format_exc()})
    Path(reply).write_text(text, encoding="utf-8")


def _builtins() -> AbstractContextManager[object]:
    """``display`` and ``get_ipython`` as a cell has them: hooks call functions of the notebook."""
    from IPython import get_ipython

    shell = get_ipython()
    return nullcontext() if shell is None else shell.builtin_trap
