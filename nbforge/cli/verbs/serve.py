"""``nbforge serve``."""

# ruff: noqa: PLR0913, PLR0917 - the parameters of a verb are its options, and typer reads them from the signature
from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nbforge.cli import running, told
from nbforge.cli.app import app
from nbforge.cli.options import Debug, Env, Kernel, Name, Output, Parameters, Python, ReuseNetwork


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
    workers: Annotated[
        int | None, typer.Option("--workers", metavar="N", min=1, max=64, help="Processes that serve; else 1.")
    ] = None,
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

        paths = [target] if target else told.listed_notebooks()
        directory = paths[0]
        if not directory.is_dir():
            flags = told.flags(
                output, name=name, env=env, python=python, kernel=kernel, reuse_network_runs=reuse_network_runs
            )
            with running.listener() as listener:
                directory = pipeline.build(told.order(paths, flags, parameter), listener).bundle.directory
        try:
            pipeline.serve(directory, host, port, lambda url: _ready(url, open_browser), workers)
        except KeyboardInterrupt:
            running.say("Stopped.")
            raise typer.Exit(running.INTERRUPTED) from None

    running.run(verb, False, debug)


def _ready(url: str, open_browser: bool) -> None:
    running.say(f"Serving on {url}   (page: /, API: /docs, metrics: /metrics; stop with Ctrl-C)")
    if open_browser:
        import webbrowser

        webbrowser.open(url)
