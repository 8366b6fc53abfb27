"""``nbforge image``."""

from __future__ import annotations

from typing import Annotated

import typer

from nbforge.cli import running
from nbforge.cli.app import app
from nbforge.cli.options import AsJson, Base, BundleDirectory, Debug, Push


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

        with running.listener() as listener:
            made = pipeline.image(bundle, image, base, push, listener)
        running.result(as_json, lambda: asdict(made), lambda: f"{made.ref} ({made.id})")

    running.run(verb, as_json, debug)
