"""``nbforge build``."""

# ruff: noqa: PLR0913, PLR0917 - the parameters of a verb are its options, and typer reads them from the signature
from __future__ import annotations

from nbforge.cli import running, told
from nbforge.cli.app import app
from nbforge.cli.options import (
    AsJson,
    Base,
    Compile,
    Debug,
    Env,
    ImageRef,
    Kernel,
    Name,
    Notebooks,
    Output,
    Parameters,
    ProveSlice,
    Push,
    Python,
    ReuseNetwork,
)


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
    prove_slice: ProveSlice = False,
    compile_to: Compile = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Turn notebooks into a proven bundle, and with -t into an image."""

    def verb() -> None:
        from nbforge import pipeline

        flags = told.flags(
            output,
            name=name,
            image=image,
            base=base,
            env=env,
            python=python,
            kernel=kernel,
            reuse_network_runs=reuse_network_runs,
            compile=compile_to,
        )
        order = told.order(notebooks, flags, parameter, push, prove_slice)
        with running.listener() as listener:
            built = pipeline.build(order, listener)
        running.result(as_json, built.to_json, lambda: pipeline.summary(built))

    running.run(verb, as_json, debug)
