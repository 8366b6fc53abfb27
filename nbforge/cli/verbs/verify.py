"""``nbforge verify``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbforge.cli import running
from nbforge.cli.app import app
from nbforge.cli.options import AsJson, BundleDirectory, Debug

if TYPE_CHECKING:
    from nbforge.values import VerifiedBundle


@app.command()
def verify(bundle: BundleDirectory, as_json: AsJson = False, debug: Debug = False) -> None:
    """Prove a bundle here, from its files alone: every digest, every recorded answer."""

    def verb() -> None:
        from nbforge import pipeline

        with running.listener() as listener:
            verified = pipeline.verify(bundle, listener)
        running.result(as_json, lambda: dict(verified.report), lambda: _verified(verified))

    running.run(verb, as_json, debug)


def _verified(verified: VerifiedBundle) -> str:
    from nbforge.views import terminal

    return terminal.verified_summary(verified.bundle.manifest, verified.report)
