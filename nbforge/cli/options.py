"""Options and arguments that verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
ProveSlice = Annotated[
    bool, typer.Option("--prove-slice", help="Run the whole notebook as well, and compare what the service is made of.")
]
Compile = Annotated[
    str | None,
    typer.Option(
        "--compile", metavar="onnx", help="Compile the fitted estimator, where that is proven to change no answer."
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on standard output, and nothing else there.")
]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an unexpected failure.")]
