"""``removed.toml`` against the installed libraries: what it calls removed is gone, what it recommends is there."""

from __future__ import annotations

import builtins
import importlib
import inspect
import re
import sys
import tomllib
import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version

from nbforge import removed

TABLE = tomllib.loads((Path(removed.__file__).with_suffix(".toml")).read_text(encoding="utf-8"))
RENAMED: dict[str, Any] = TABLE.pop("renamed")
KINDS: dict[str, list[str]] = TABLE.pop("kinds")
PINS: dict[str, str] = TABLE.pop("pins")
MISSING = object()
PYTHON = Version(".".join(map(str, sys.version_info[:3])))


RAISE_WHEN_CALLED = {"statsmodels.tsa.arima_model.ARMA", "statsmodels.tsa.arima_model.ARIMA"}
"""Still importable, to say that they are gone."""


@pytest.fixture(autouse=True)
def _a_backend_that_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "jax")


def _installed(library: str) -> Version | None:
    if library == "python":
        return PYTHON
    try:
        return Version(version(library))
    except PackageNotFoundError:
        return None


def _resolve(path: str) -> Any:
    """The object at a dotted path, or ``MISSING``."""
    parts = path.split(".")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for end in range(len(parts), 0, -1):
            try:
                found: Any = importlib.import_module(".".join(parts[:end]))
                for part in parts[end:]:
                    found = getattr(found, part)
            except (ImportError, AttributeError):
                continue
            return found
    return MISSING


def _sections(name: str) -> Iterator[tuple[str, Any]]:
    """The tables of a section, of libraries that are installed in a version that must have removed it."""
    for library, versions in TABLE.items():
        installed = _installed(library)
        for since, sections in versions.items():
            if installed and installed >= Version(since) and name in sections:
                yield f"{library} {since}", sections[name]


def _entries(name: str) -> list[Any]:
    return [
        pytest.param(key, what, id=f"{where} {key}") for where, table in _sections(name) for key, what in table.items()
    ]


@pytest.mark.parametrize(("where", "paths"), list(_sections("paths")))
def test_paths_are_gone(where: str, paths: dict[str, str]) -> None:
    present = {path for path in paths if _resolve(path) is not MISSING}
    assert present <= RAISE_WHEN_CALLED
    for path in present:
        with pytest.raises(NotImplementedError, match="removed"):
            _resolve(path)([1.0, 2.0], order=(1, 0))


@pytest.mark.parametrize(("kind", "names"), _entries("methods"))
def test_methods_are_gone(kind: str, names: dict[str, str]) -> None:
    classes = [found for path in KINDS[kind] if (found := _resolve(path)) is not MISSING]
    assert classes
    assert [(one.__name__, name) for one in classes for name in names if hasattr(one, name)] == []


@pytest.mark.parametrize(("path", "parameters"), _entries("parameters"))
def test_parameters_are_gone(path: str, parameters: dict[str, str]) -> None:
    function = _resolve(path)
    known = inspect.signature(function).parameters
    assert set(parameters) & set(known) == set()
    if any(each.kind is each.VAR_KEYWORD for each in known.values()):
        for parameter in parameters:
            with pytest.raises((TypeError, AttributeError, ValueError), match=parameter):
                CALLS[path](**{parameter: 0})


@pytest.mark.parametrize(("path", "parameters"), _entries("values"))
def test_values_are_refused(path: str, parameters: dict[str, dict[str, str]]) -> None:
    function = _resolve(path)
    for parameter, values in parameters.items():
        for value, replacement in values.items():
            with pytest.raises((ValueError, OSError), match=value):
                _use(function, parameter, value)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                _use(function, parameter, eval(replacement.strip("`")))


@pytest.mark.parametrize(("path", "names"), _entries("positional"))
def test_positions_are_gone(path: str, names: str) -> None:
    named = inspect.signature(_resolve(path)).parameters
    takes_any = any(each.kind is each.VAR_KEYWORD for each in named.values())
    for name in re.findall(r"`(\w+)=", names):
        assert (name in named and named[name].kind is inspect.Parameter.KEYWORD_ONLY) or takes_any


@pytest.mark.parametrize(("path", "said"), _entries("defaults"))
def test_defaults_are_gone(path: str, said: str) -> None:
    import pandas as pd

    frame = pd.DataFrame({"a": [1.0, 2.0, 4.0], "b": ["x", "y", "z"]})
    name = path.rpartition(".")[2]
    arguments = (frame,) if name == "corrwith" else ()
    with pytest.raises((TypeError, ValueError, NotImplementedError)):
        getattr(frame, name)(*arguments)
    named = eval(f"dict({said.strip('`')})")
    assert len(getattr(frame, name)(*arguments, **named))


def _replacements() -> Iterator[tuple[str, str, str | None]]:
    """Everything recommended: the library, the text, and of which kind its methods are."""
    for library, versions in TABLE.items():
        for sections in versions.values():
            for text in sections.get("paths", {}).values():
                yield library, text, None
            for kind, names in sections.get("methods", {}).items():
                for text in names.values():
                    yield library, text, kind
            for parameters in sections.get("parameters", {}).values():
                for text in parameters.values():
                    yield library, text, None


def test_what_is_recommended_exists() -> None:
    missing = []
    for library, text, kind in _replacements():
        for code in re.findall(r"`-?([^`]+)`", text):
            if (path := re.match(r"([A-Za-z_]\w*(?:\.\w+)+)", code)) and _importable(path[1]):
                missing += [] if _resolve(path[1]) is not MISSING else [(library, path[1])]
            elif kind and _installed(library) and (name := re.match(r"\.(\w+)", code)):
                classes = [_resolve(each) for each in KINDS[kind]]
                missing += [] if any(_has(one, name[1]) for one in classes) else [(library, text)]
    assert missing == []


def _importable(path: str) -> bool:
    return (
        path.partition(".")[0] in {"builtins", *sys.stdlib_module_names}
        or _resolve(path.partition(".")[0]) is not MISSING
    )


def _has(one: Any, name: str) -> bool:
    accessor = {"manager"}  # set on the instance
    return hasattr(one, name) or name in accessor


def _frame(method: str) -> Callable[..., Any]:
    import pandas as pd

    return getattr(pd.DataFrame({"a": [1.0, 2.0]}), method)  # type: ignore[no-any-return]


def _pandas(name: str, *arguments: Any) -> Callable[..., Any]:
    import pandas as pd

    return lambda **named: getattr(pd, name)(*arguments, **named)


def _drawn(name: str, *arguments: Any) -> Callable[..., Any]:
    def call(**named: Any) -> Any:
        import matplotlib as mpl

        mpl.use("Agg")
        import matplotlib.pyplot as plt

        try:
            return (plt.subplots()[1].hist if name == "Axes.hist" else getattr(plt, name))(*arguments, **named)
        finally:
            plt.close("all")

    return call


def _scorer(**named: Any) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss, make_scorer

    rows, labels = [[0.0], [1.0], [2.0], [3.0]], [0, 1, 0, 1]
    return make_scorer(log_loss, **named)(LogisticRegression().fit(rows, labels), rows, labels)


def _acf(**named: Any) -> Any:
    import matplotlib as mpl

    mpl.use("Agg")
    from statsmodels.graphics.tsaplots import plot_acf

    return plot_acf([1.0, 2.0, 1.0, 3.0, 2.0, 4.0], lags=2, **named)


CALLS: dict[str, Callable[..., Any]] = {
    **{
        f"pandas.DataFrame.{name}": lambda name=name, **named: _frame(name)(**named)
        for name in ("sum", "mean", "median", "max", "min", "std", "any", "all")
    },
    "pandas.Grouper": _pandas("Grouper"),
    "pandas.date_range": _pandas("date_range", "2020-01-01", "2020-01-05"),
    "sklearn.metrics.make_scorer": _scorer,
    "statsmodels.graphics.tsaplots.plot_acf": _acf,
    "matplotlib.pyplot.hist": _drawn("hist", [1, 2, 3]),
    "matplotlib.axes.Axes.hist": _drawn("Axes.hist", [1, 2, 3]),
    "matplotlib.pyplot.subplot": _drawn("subplot"),
    "matplotlib.pyplot.axes": _drawn("axes"),
    "keras.layers.Dense": lambda **named: _resolve("keras.layers.Dense")(3, **named),
    **{
        f"keras.optimizers.{name}": lambda name=name, **named: _resolve(f"keras.optimizers.{name}")(**named)
        for name in ("Adam", "SGD", "RMSprop", "Adagrad", "Adadelta")
    },
}
"""How to call what takes any keyword and refuses it later."""


def _use(function: Any, parameter: str, value: Any) -> None:
    """Gives the value to a parameter and uses what comes of it."""
    import numpy as np

    rows, labels = np.arange(40.0).reshape(20, 2), np.arange(20) % 2
    if function.__name__ == "use":
        with _resolve("matplotlib.pyplot").rc_context():
            function(value)
    elif inspect.isclass(function):
        others = {"estimator": _resolve("sklearn.tree.DecisionTreeClassifier")(), "param_grid": {"max_depth": [1]}}
        named: dict[str, Any] = others if parameter == "scoring" else {}
        known = inspect.signature(function).parameters
        named |= {
            quick: 2 for quick in ("n_estimators", "max_iter") if quick in known and function.__name__ != "KMeans"
        }
        made: Any = function(**named, **{parameter: value})
        made.fit(rows, labels)
    else:
        function(_resolve("sklearn.tree.DecisionTreeClassifier")(), rows, labels, **{parameter: value})


def test_lookups() -> None:
    assert removed.lookup("pandas.read_csv") is None
    assert removed.lookup("sklearn") is None
    inside = removed.lookup("sklearn.cross_validation.train_test_split")
    assert inside is not None
    assert inside.told() == "scikit-learn 0.20 removed `sklearn.cross_validation`. Use `sklearn.model_selection`."
    assert removed.lookup("builtins.xrange") is not None
    append = removed.method("append", "DataFrame")
    assert append == removed.method("append", "frame") == removed.method("append")
    assert append is not None
    assert (append.library, append.since) == ("pandas", "2.0")
    assert removed.method("append", "list") is None
    assert removed.method("n_features_", "Pipeline") is None
    for callee in ("sklearn.preprocessing.OneHotEncoder", "preprocessing.OneHotEncoder", "OneHotEncoder"):
        sparse = removed.parameter(callee, "sparse")
        assert sparse is not None
        assert sparse.name == "OneHotEncoder(sparse=...)"
    assert removed.parameter("Encoder", "sparse") is None
    assert removed.parameter("NDFrame.fillna", "method") is not None
    assert removed.value("RandomForestClassifier", "max_features", "auto") is not None
    assert removed.value("RandomForestClassifier", "max_features", "sqrt") is None
    assert removed.positional("DataFrame.drop") is not None
    assert removed.default("corr") is not None


def test_pins() -> None:
    assert set(PINS) <= set(TABLE)
    append, imputer = removed.method("append", "frame"), removed.lookup("sklearn.preprocessing.Imputer")
    assert append is not None
    assert append.pin == "pandas<2.0"
    assert imputer is not None
    assert imputer.pin is None, "no scikit-learn that old runs on Python 3.11"


def test_builtins_of_python_2_are_no_builtins() -> None:
    names = [path for table in TABLE["python"]["3.0"].values() for path in table if path.startswith("builtins.")]
    assert names
    assert not [name for name in names if hasattr(builtins, name.partition(".")[2])]


def test_what_only_got_another_name_is_in_the_tables() -> None:
    named = {entry.name: entry for entry in removed.entries()}
    assert [name for name in RENAMED["same"] if removed.same(named[name]) is None] == []


@pytest.mark.parametrize(("path", "home"), RENAMED["moved"].items())
def test_what_moved_is_where_it_is_said_to_be(path: str, home: str) -> None:
    assert removed.lookup(path) is not None
    module, _, name = path.rpartition(".")
    if not home:
        assert _resolve(name) is not MISSING
    elif removed.lookup(module) is not None:
        assert _resolve(f"{home}.{name}") is not MISSING
    else:
        assert home == module
