"""Run a verb: whatever it says is printed here, and whatever goes wrong is one message and one exit code."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import typer

from nbforge import __version__
from nbforge.errors import NbforgeError

if TYPE_CHECKING:
    from nbforge.values import Json

INTERRUPTED: Final = 130
_BUG_REMEDY: Final = "Please report it with what --debug prints, and with the notebook if you may share it."


def run(verb: Callable[[], None], as_json: bool, debug: bool) -> None:
    """Run a verb; whatever goes wrong becomes one message and one exit code."""
    try:
        verb()
    except typer.Exit:
        raise
    except NbforgeError as error:
        fail(error, as_json)
        raise typer.Exit(error.exit_code) from error
    except KeyboardInterrupt:
        fail(_interrupted(), as_json)
        raise typer.Exit(INTERRUPTED) from None
    except Exception as error:
        if debug or os.environ.get("NBFORGE_DEBUG"):
            import traceback

            traceback.print_exc()
        fail(_bug(error), as_json)
        raise typer.Exit(1) from error


def _interrupted() -> NbforgeError:
    return NbforgeError(
        "interrupted.", remedy="Nothing was changed; what was finished is reused next time.", code="interrupted"
    )


def _bug(error: Exception) -> NbforgeError:
    if isinstance(error, OSError) and error.filename is not None:
        return NbforgeError(
            f"`{error.filename}`: {error.strerror}.",
            remedy="Check the permissions and the space left.",
            code="os-error",
        )
    return NbforgeError(
        f"this is a bug in nbforge {__version__}: {type(error).__name__}: {error}", remedy=_BUG_REMEDY, code="bug"
    )


def fail(error: NbforgeError, as_json: bool) -> None:
    """Tell people of a failure, and programs where ``as_json``."""
    if as_json:
        print_json(
            {
                "error": {
                    "stage": "interrupted" if error.code == "interrupted" else error.stage,
                    "code": error.code,
                    "cell": error.cell,
                    "name": error.name,
                    "message": f"{error.where}: {error.message}" if error.where else error.message,
                    "remedy": error.remedy,
                }
            }
        )
    from nbforge.views.terminal import error_text

    say(error_text(error))


def listener() -> Any:
    """What is told of a build's stages."""
    from nbforge.views import progress

    return progress.listener()


def result(as_json: bool, value: Callable[[], Json], text: Callable[[], str], to: Any = None) -> None:
    """Print what a verb made: ``text`` for people, ``to`` where it is not standard error; ``value`` for programs."""
    if as_json:
        print_json(value())
    say(text(), sys.stderr if as_json else to)


def print_json(value: Json) -> None:
    """One object on standard output."""
    say(json_text(value), sys.stdout)


def json_text(value: Json) -> str:
    """A JSON value on one line."""
    return json.dumps(value, ensure_ascii=False)


def say(text: str, stream: Any = None) -> None:
    """One text, on standard error unless ``stream`` is given; nobody listening is no failure."""
    try:
        print(text, file=stream or sys.stderr, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), (stream or sys.stderr).fileno())
