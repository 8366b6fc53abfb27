"""Runs generated programs in this process, each from the same state of everything that outlives it."""

from __future__ import annotations

import contextlib
import decimal
import io
import json
import os
import random
import re
import shutil
import sys
import types
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from tests.notebook.programs import INPUTS, MODES, Program

PROJECT = Path(__file__).parent / "project"
_DEEPEST = 5
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run ended with: the target's text, or the error's. ``drew``: the global random generators moved."""

    target: str = ""
    error: str = ""
    drew: bool = field(default=False, compare=False)


@dataclass(slots=True)
class Sandbox:
    """Where programs run."""

    folder: Path

    def run(
        self,
        statements: Sequence[str],
        program: Program,
        variant: int = 0,
        seed: int = 1,
        failed: set[int] | None = None,
    ) -> Outcome:
        """Run ``statements`` and then the program's target.

        Args:
            statements: source texts, in order.
            program: whose target it is.
            variant: index of the inputs to start from.
            seed: where the global random generators stand before.
            failed: takes the positions of statements that raise, instead of ending the run.
        """
        given = dict(zip(INPUTS[0], INPUTS[variant], strict=True))
        space: dict[str, Any] = {"__name__": "__main__"}
        with _same_world(self.folder, seed, MODES[variant]):
            try:
                for position, statement in enumerate(statements):
                    try:
                        exec(_compiled(given.get(statement, statement)), space)
                    except Exception:
                        if failed is None:
                            raise
                        failed.add(position)
                if program.answer != program.target[: len(program.answer)]:
                    exec(_compiled(program.target), space)
                return Outcome(
                    target=_ADDRESS.sub("", describe(eval(program.answer, space))), drew=_position() != _position(seed)
                )
            except Exception as error:  # noqa: BLE001 - a program of random statements may raise anything
                return Outcome(error=f"{type(error).__name__}: {error}")

    def repaired(self, program: Program, variants: int = 1) -> Program:
        """The program without the statements that raise where they stand, so that most programs run to their end."""
        cells = program.cells
        for _ in range(12):
            flat = [(i, j) for i, cell in enumerate(cells) for j in range(len(cell))]
            failed: set[int] = set()
            for variant in range(variants):
                self.run([cells[i][j] for i, j in flat], program, variant, failed=failed)
            if not failed:
                break
            gone = {flat[position] for position in failed}
            cells = tuple(
                tuple(text for j, text in enumerate(cell) if (i, j) not in gone) for i, cell in enumerate(cells)
            )
        return Program(tuple(cell for cell in cells if cell), program.target, program.answer, program.unseen)


@lru_cache(maxsize=20_000)
def _compiled(source: str) -> types.CodeType:
    return compile(source, "<cell>", "exec")


def _position(seed: int | None = None) -> tuple[float, float]:
    """Where the global generators stand, told by what they would give next; or where they stand after ``seed``."""
    import numpy as np

    if seed is not None:
        random.seed(seed)
        np.random.seed(seed)
    return random.random(), np.random.random()


_DUMPS = json.dumps
_PRECISION, _DIGITS = 6, 8
"""What pandas and NumPy show of a number, unless they are told otherwise."""
_ENVIRONMENT = dict(os.environ)


@contextlib.contextmanager
def _same_world(folder: Path, seed: int, mode: str | None) -> Iterator[None]:
    import numpy as np

    here = Path.cwd()
    random.seed(seed)
    np.random.seed(seed)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    os.chdir(folder)
    if mode is not None:
        os.environ["MODE"] = mode
    sys.path.insert(0, str(PROJECT))
    try:
        with (
            contextlib.redirect_stdout(io.StringIO()),
            warnings.catch_warnings(),
            np.errstate(),
            decimal.localcontext(),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        os.chdir(here)
        sys.path.remove(str(PROJECT))
        _restore()


def _restore() -> None:
    """Take back what programs do to libraries and to the process."""
    import numpy as np
    import pandas as pd
    import sklearn

    if os.environ != _ENVIRONMENT:
        os.environ.clear()
        os.environ.update(_ENVIRONMENT)
    json.dumps = _DUMPS
    sklearn.set_config(transform_output="default")
    if pd.get_option("display.precision") != _PRECISION:
        pd.set_option("display.precision", _PRECISION)
    if np.get_printoptions()["precision"] != _DIGITS:
        np.set_printoptions(precision=_DIGITS)
    patched: tuple[tuple[Any, str], ...] = (
        (pd.DataFrame, "extra"),
        (pd.Series, "double"),
        (np, "special"),
        (json.encoder, "FLOAT_REPR"),
        (os.path, "sep2"),
    )
    for owner, name in patched:
        if name in vars(owner):
            delattr(owner, name)
    for module in ("helper", "made_up"):
        sys.modules.pop(module, None)


def describe(value: Any, depth: int = 0) -> str:
    """A value as text that tells any two different ones apart, down to some depth."""
    if depth > _DEEPEST:
        return "..."
    if isinstance(value, list | tuple):  # lists may hold one list many times: the text of all of it has no bound
        return f"{type(value).__name__}{len(value)}[" + ", ".join(describe(v, depth + 1) for v in value[:8]) + "]"
    if isinstance(value, Mapping):
        items = list(value.items())[:12]
        return "{" + ", ".join(f"{describe(key, depth + 1)}: {describe(v, depth + 1)}" for key, v in items) + "}"
    if isinstance(value, types.ModuleType | types.FunctionType | types.MethodType | types.BuiltinFunctionType):
        return f"{type(value).__name__} {value.__name__}"
    if type(value).__module__.partition(".")[0] in {"numpy", "pandas"}:
        return _described_data(value, depth)
    if hasattr(value, "__dict__") and not isinstance(value, type):
        return _described_object(value, depth)
    if hasattr(value, "node_count"):  # a tree of scikit-learn
        return describe(value.__getstate__(), depth)
    return repr(value)[:2000]


def _described_data(value: Any, depth: int) -> str:
    if hasattr(value, "get_state") or hasattr(value, "bit_generator"):
        return repr(value.get_state() if hasattr(value, "get_state") else value.bit_generator.state)
    if hasattr(value, "iloc") and hasattr(value, "columns"):
        columns = [f"{value.columns[i]!r}: {_described_series(value.iloc[:, i])}" for i in range(value.shape[1])]
        return f"{_described_index(value.index)} {value.attrs!r} {_described_index(value.columns)} {columns}"
    if hasattr(value, "iloc"):
        return f"{_described_index(value.index)} {value.name!r} {value.attrs!r} {_described_series(value)}"
    if hasattr(value, "dtype") and hasattr(value, "tolist"):
        return f"{value.dtype}{value.tolist()!r}"
    return repr(value)[:2000]


def _described_index(value: Any) -> str:
    return f"{list(value.names)!r} {value.dtype} {value.tolist()!r}"


def _described_series(value: Any) -> str:
    return f"{value.dtype} {value.tolist()!r}"


def _described_object(value: Any, depth: int) -> str:
    shared = {
        name: item
        for cls in reversed(type(value).__mro__)
        if cls.__module__ == "__main__"
        for name, item in vars(cls).items()
        if not name.startswith("__") and not callable(item) and not isinstance(item, property)
    }
    return f"{type(value).__name__}{describe({**shared, **vars(value)}, depth + 1)}"
