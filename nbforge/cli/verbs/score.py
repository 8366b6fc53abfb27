"""``nbforge score``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nbforge.cli import running
from nbforge.cli.app import app
from nbforge.cli.options import AsJson, BundleDirectory, Debug


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
        running.result(
            as_json, lambda: {"rows": done, "output": str(output)}, lambda: f"{done:,} rows scored: {output}"
        )

    running.run(verb, as_json, debug)
