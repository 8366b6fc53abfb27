"""The command line: parse, one call for each verb. The only place that prints, catches and exits.

A verb is a file in ``verbs/``.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import signal
import sys
from typing import NoReturn

from nbforge.cli import verbs
from nbforge.cli.app import app
from nbforge.cli.running import INTERRUPTED, fail, say
from nbforge.errors import UsageError

__all__ = ["app", "main"]

for _found in pkgutil.iter_modules(verbs.__path__):
    importlib.import_module(f"{verbs.__name__}.{_found.name}")


def main() -> NoReturn:
    """The program: run, and exit with the documented code."""
    arguments = sys.argv[1:]
    for name in ("SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), _interrupt)
    try:
        code = app(arguments, prog_name="nbforge", standalone_mode=False)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except Exception as error:  # noqa: BLE001 - typer's errors have no base of their own
        code = _parse_failure(error, "--json" in arguments)
    _leave(code if isinstance(code, int) else 0)


def _leave(code: int) -> NoReturn:
    """Exit; a closed pipe at the other end of standard output is no failure of ours."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise SystemExit(code)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _parse_failure(error: Exception, as_json: bool) -> int:
    """What typer raises for a wrong command line, told the way of all errors."""
    code = getattr(error, "exit_code", None)
    if type(error).__name__ == "Exit" and isinstance(code, int):
        return code
    if type(error).__name__ in ("Abort", "NoArgsIsHelpError"):
        say(str(error))
        return INTERRUPTED if type(error).__name__ == "Abort" else 2
    told = getattr(error, "format_message", None)
    if not callable(told):
        raise error
    context = getattr(error, "ctx", None)
    command = getattr(context, "command_path", "nbforge")
    failure = UsageError(str(told()), remedy=f"See `{command} --help`.", code="usage")
    fail(failure, as_json)
    return failure.exit_code
