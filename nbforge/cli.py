"""The command line: parse, one call for each verb. The only place that prints, catches and exits."""

# ruff: noqa: PLR0913, PLR0917 - the parameters of a verb are its options, and typer reads them from the signature
from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import typer

from nbforge import __version__
from nbforge.errors import NbforgeError, UsageError

if TYPE_CHECKING:
    from nbforge.pipeline import Order
    from nbforge.values import Json, VerifiedBundle

INTERRUPTED: Final = 130
_BUG_REMEDY: Final = "Please report it with what --debug prints, and with the notebook if you may share it."

app = typer.Typer(
    name="nbforge",
    help="From a tagged notebook to a proven scoring service and its image.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
)

Notebooks = Annotated[
    list[Path] | None,
    typer.Argument(metavar="NOTEBOOK...", help="The notebooks, in order; else those of $S2I_SOURCE_NOTEBOOK_LIST."),
]
BundleDirectory = Annotated[Path, typer.Argument(metavar="BUNDLE", help="The directory that a build wrote.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", metavar="DIR", help="The bundle; else build/<name>.")]
Name = Annotated[str | None, typer.Option("--name", metavar="NAME", help="The service's name; else the notebook's.")]
ImageRef = Annotated[str | None, typer.Option("--image", "-t", metavar="IMAGE", help="Build this image as well.")]
Base = Annotated[
    str | None, typer.Option("--base", metavar="IMAGE", help="The image to build on; else python:X.Y-slim.")
]
Push = Annotated[bool, typer.Option("--push", help="Push the image to its registry.")]
Parameters = Annotated[
    list[str] | None,
    typer.Option("--parameter", "-p", metavar="NAME=VALUE", help="Set a parameter: any JSON value, else text."),
]
Env = Annotated[
    list[str] | None,
    typer.Option("--env", metavar="NAME", help="Pass this variable into the run; its value is redacted everywhere."),
]
Python = Annotated[str | None, typer.Option("--python", metavar="PATH", help="The interpreter that runs the notebook.")]
Kernel = Annotated[str | None, typer.Option("--kernel", metavar="NAME", help="The kernelspec that runs the notebook.")]
ReuseNetwork = Annotated[
    bool, typer.Option("--reuse-network-runs", help="Reuse a finished run even though it contacted hosts.")
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on standard output, and nothing else there.")
]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an unexpected failure.")]


def _version(wanted: bool) -> None:
    if wanted:
        _say(f"nbforge {__version__}", sys.stdout)
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


@app.command()
def build(
    notebooks: Notebooks = None,
    output: Output = None,
    name: Name = None,
    image: ImageRef = None,
    base: Base = None,
    push: Push = False,
    parameter: Parameters = None,
    env: Env = None,
    python: Python = None,
    kernel: Kernel = None,
    reuse_network_runs: ReuseNetwork = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Turn notebooks into a proven bundle, and with -t into an image."""

    def verb() -> None:
        from nbforge import pipeline

        flags = _flags(output, name, image, base, env, python, kernel, reuse_network_runs)
        order = _order(notebooks, flags, parameter, push)
        with _listener() as listener:
            built = pipeline.build(order, listener)
        _result(as_json, built.to_json, lambda: pipeline.summary(built))

    _run(verb, as_json, debug)


@app.command()
def inspect(
    targets: Annotated[
        list[Path] | None, typer.Argument(metavar="NOTEBOOK...|BUNDLE", help="Notebooks, or one bundle.")
    ] = None,
    parameter: Parameters = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show what a build takes of notebooks and why, or what is in a bundle. Runs nothing."""

    def verb() -> None:
        from nbforge import pipeline

        paths = tuple(targets or _listed_notebooks())
        if len(paths) == 1 and paths[0].is_dir():
            shown = pipeline.inspect_bundle(paths[0])
        else:
            shown = pipeline.inspect_notebooks(paths, _parameters(parameter))
        _result(as_json, lambda: shown.json, lambda: shown.text, to=sys.stdout)

    _run(verb, as_json, debug)


@app.command()
def serve(
    target: Annotated[
        Path | None,
        typer.Argument(metavar="NOTEBOOK|BUNDLE", help="A bundle, or a notebook, which is built if needed."),
    ] = None,
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="The port to listen on; 0 takes a free one.")
    ] = 8080,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the service's page in a browser.")] = False,
    output: Output = None,
    name: Name = None,
    parameter: Parameters = None,
    env: Env = None,
    python: Python = None,
    kernel: Kernel = None,
    reuse_network_runs: ReuseNetwork = False,
    debug: Debug = False,
) -> None:
    """Run a bundle's service here, until Ctrl-C."""

    def verb() -> None:
        from nbforge import pipeline

        paths = [target] if target else _listed_notebooks()
        directory = paths[0]
        if not directory.is_dir():
            flags = _flags(output, name, None, None, env, python, kernel, reuse_network_runs)
            with _listener() as listener:
                directory = pipeline.build(_order(paths, flags, parameter), listener).bundle.directory
        try:
            pipeline.serve(directory, host, port, lambda url: _ready(url, open_browser))
        except KeyboardInterrupt:
            _say("Stopped.")
            raise typer.Exit(INTERRUPTED) from None

    _run(verb, False, debug)


@app.command()
def verify(bundle: BundleDirectory, as_json: AsJson = False, debug: Debug = False) -> None:
    """Prove a bundle here, from its files alone: every digest, every recorded answer."""

    def verb() -> None:
        from nbforge import pipeline

        with _listener() as listener:
            verified = pipeline.verify(bundle, listener)
        _result(as_json, lambda: dict(verified.report), lambda: _verified(verified))

    _run(verb, as_json, debug)


@app.command(name="image")
def image_(
    bundle: BundleDirectory,
    image: Annotated[str, typer.Option("--image", "-t", metavar="IMAGE", help="The image's reference.")],
    base: Base = None,
    push: Push = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Make the image of a bundle, proven in its container before it gets its tag."""

    def verb() -> None:
        from dataclasses import asdict

        from nbforge import pipeline

        with _listener() as listener:
            made = pipeline.image(bundle, image, base, push, listener)
        _result(as_json, lambda: asdict(made), lambda: f"{made.ref} ({made.id})")

    _run(verb, as_json, debug)


@app.command()
def score(
    bundle: BundleDirectory,
    rows: Annotated[Path, typer.Argument(metavar="ROWS.CSV", help="CSV with a header of field names.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="OUT.CSV", help="The CSV file to write.")],
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Score the rows of a CSV file: prediction, and probability_<class> for a classifier."""

    def verb() -> None:
        from nbforge import pipeline

        done = pipeline.score(bundle, rows, output)
        _result(as_json, lambda: {"rows": done, "output": str(output)}, lambda: f"{done:,} rows scored: {output}")

    _run(verb, as_json, debug)


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


def _run(verb: Callable[[], None], as_json: bool, debug: bool) -> None:
    """Run a verb; whatever goes wrong becomes one message and one exit code."""
    try:
        verb()
    except typer.Exit:
        raise
    except NbforgeError as error:
        _fail(error, as_json)
        raise typer.Exit(error.exit_code) from error
    except KeyboardInterrupt:
        _fail(_interrupted(), as_json)
        raise typer.Exit(INTERRUPTED) from None
    except Exception as error:
        if debug or os.environ.get("NBFORGE_DEBUG"):
            import traceback

            traceback.print_exc()
        _fail(_bug(error), as_json)
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


def _fail(error: NbforgeError, as_json: bool) -> None:
    if as_json:
        _print_json(
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

    _say(error_text(error))


def _parse_failure(error: Exception, as_json: bool) -> int:
    """What typer raises for a wrong command line, told the way of all errors."""
    code = getattr(error, "exit_code", None)
    if type(error).__name__ == "Exit" and isinstance(code, int):
        return code
    if type(error).__name__ in ("Abort", "NoArgsIsHelpError"):
        _say(str(error))
        return INTERRUPTED if type(error).__name__ == "Abort" else 2
    told = getattr(error, "format_message", None)
    if not callable(told):
        raise error
    context = getattr(error, "ctx", None)
    command = getattr(context, "command_path", "nbforge")
    failure = UsageError(str(told()), remedy=f"See `{command} --help`.", code="usage")
    _fail(failure, as_json)
    return failure.exit_code


def _verified(verified: VerifiedBundle) -> str:
    from nbforge.views import terminal

    return terminal.verified_summary(verified.bundle.manifest, verified.report)


def _flags(
    output: Path | None,
    name: str | None,
    image: str | None,
    base: str | None,
    env: list[str] | None,
    python: str | None,
    kernel: str | None,
    reuse_network_runs: bool,
) -> dict[str, Any]:
    return {
        "output": str(output) if output else None,
        "name": name,
        "image": image,
        "base": base,
        "env": env,
        "python": python,
        "kernel": kernel,
        "reuse-network-runs": reuse_network_runs or None,
    }


def _order(
    notebooks: Sequence[Path] | None, flags: dict[str, Any], parameters: list[str] | None, push: bool = False
) -> Order:
    from nbforge import pipeline, project

    paths = tuple(notebooks or _listed_notebooks())
    loaded = project.load(paths, flags)
    if push and not loaded.image:
        raise UsageError("--push needs an image.", remedy="Name it with -t.", code="push-without-image")
    return pipeline.Order(paths, loaded, _parameters(parameters), push)


def _listed_notebooks() -> list[Path]:
    """Those of nachlass's variable: separated by commas or spaces."""
    listed = os.environ.get("S2I_SOURCE_NOTEBOOK_LIST", "").replace(",", " ").split()
    if not listed:
        raise UsageError(
            "no notebook was given.",
            remedy="Name it: nbforge build NOTEBOOK.ipynb",
            code="no-notebook",
            name="NOTEBOOK",
        )
    return [Path(name) for name in listed]


def _parameters(given: list[str] | None) -> dict[str, Json]:
    """``name=value``: any JSON value, else text."""
    values: dict[str, Json] = {}
    for each in given or ():
        name, equals, text = each.partition("=")
        if not equals or not name.strip().isidentifier():
            raise UsageError(
                f"`-p {each}` is not NAME=VALUE.",
                remedy="For example: -p test_size=0.2",
                code="bad-parameter",
                name=name,
            )
        try:
            values[name.strip()] = json.loads(text)
        except ValueError:
            values[name.strip()] = text
    return values


def _listener() -> Any:
    from nbforge.views import progress

    return progress.listener()


def _result(as_json: bool, value: Callable[[], Json], text: Callable[[], str], to: Any = None) -> None:
    if as_json:
        _print_json(value())
    _say(text(), sys.stderr if as_json else to)


def _print_json(value: Json) -> None:
    _say(json.dumps(value, ensure_ascii=False), sys.stdout)


def _say(text: str, stream: Any = None) -> None:
    try:
        print(text, file=stream or sys.stderr, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), (stream or sys.stderr).fileno())


def _ready(url: str, open_browser: bool) -> None:
    _say(f"Serving on {url}   (page: /, API: /docs, metrics: /metrics; stop with Ctrl-C)")
    if open_browser:
        import webbrowser

        webbrowser.open(url)
