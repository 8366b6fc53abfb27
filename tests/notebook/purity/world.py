"""What calls can set for the whole process: looked at before and after, and put back."""

from __future__ import annotations

import contextlib
import locale
import os
import random
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.notebook.purity.survey import survey


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """What libraries warn of is no matter here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def at_home() -> Iterator[None]:
    """Put back what calls set for the whole process."""
    environ, path, recursion, state, numbers = (
        dict(os.environ),
        list(sys.path),
        sys.getrecursionlimit(),
        random.getstate(),
        np.random.get_state(),
    )
    printing, errors, tongue = np.get_printoptions(), np.geterr(), locale.setlocale(locale.LC_ALL)
    call, size = np.geterrcall(), np.getbufsize()
    mask = os.umask(0o022)
    try:
        yield
    finally:
        os.umask(mask)
        os.environ.clear()
        os.environ.update(environ)
        sys.path[:] = path
        sys.setrecursionlimit(recursion)
        random.setstate(state)
        np.random.set_state(numbers)
        np.set_printoptions(**{key: value for key, value in printing.items() if key != "override_repr"})  # type: ignore[arg-type]
        np.seterr(**errors)
        np.seterrcall(call)
        np.setbufsize(size)
        locale.setlocale(locale.LC_ALL, tongue)
        _reset_libraries()


def _reset_libraries() -> None:
    if "pandas" in sys.modules:
        import pandas as pd

        for name in _watched_options():
            if pd.get_option(name) != _DEFAULT_OPTIONS[name]:
                pd.reset_option(name)
    if "matplotlib.pyplot" in sys.modules:
        import matplotlib as mpl

        if mpl.rcParams != _rc_at_start():
            dict.update(mpl.rcParams, _rc_at_start())  # type: ignore[misc]
        sys.modules["matplotlib.pyplot"].close("all")
    if "sklearn" in sys.modules:
        import sklearn

        sklearn.set_config(**_config_at_start())


_DEFAULT_OPTIONS: dict[str, Any] = {}
_RC: dict[str, Any] = {}
_CONFIG: dict[str, Any] = {}


def _watched_options() -> list[str]:
    import pandas as pd

    names = ["display.max_rows", "display.precision", "display.max_columns", "compute.use_bottleneck"]
    if not _DEFAULT_OPTIONS:
        _DEFAULT_OPTIONS.update({name: pd.get_option(name) for name in names})
    return names


def _rc_at_start() -> dict[str, Any]:
    import matplotlib as mpl

    if not _RC:
        _RC.update(dict(mpl.rcParams.items()))
    return _RC


def _config_at_start() -> dict[str, Any]:
    import sklearn

    if not _CONFIG:
        _CONFIG.update(sklearn.get_config())
    return _CONFIG


def world() -> dict[str, Any]:
    """What calls can set for the whole process."""
    found = {
        "random": random.getstate(),
        "numpy": survey(np.random.get_state(legacy=False)).digest,
        "environ": dict(os.environ),
        "folder": str(Path.cwd()),
        "path": list(sys.path),
        "recursion": sys.getrecursionlimit(),
        "warnings": len(warnings.filters),
        "errors": (np.geterr(), np.geterrcall(), np.getbufsize()),
        "printing": np.get_printoptions(),
        "locale": locale.setlocale(locale.LC_ALL),
    }
    if "pandas" in sys.modules:
        import pandas as pd

        found["pandas"] = [repr(pd.get_option(name)) for name in _watched_options() if not name.startswith("display.")]
    if "sklearn" in sys.modules:
        import sklearn

        _config_at_start()
        found["sklearn"] = sklearn.get_config()
    if "matplotlib.pyplot" in sys.modules:
        _rc_at_start()
    return found
