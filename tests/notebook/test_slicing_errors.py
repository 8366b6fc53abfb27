"""What is refused, and how a slice is described."""

from __future__ import annotations

import ast
import json
from dataclasses import replace
from pathlib import Path

import pytest

from nbforge.errors import NotebookError, UsageError
from nbforge.notebook import report
from nbforge.notebook.slicing import slice_notebooks
from nbforge.values import EntryPoint, Json
from tests.notebook.build import notebook

PREDICT = ("nbforge:predict", "scaler")


@pytest.mark.parametrize(
    ("cells", "code", "cell", "name"),
    [
        (["x = 1"], "no-predict-cell", None, None),
        ([PREDICT, "scaler = 1", PREDICT], "two-predict-cells", 2, None),
        ([("skip", "scaler = 1"), PREDICT], "skipped-name", 1, "scaler"),
        (
            [("skip-execution", "def scaler(): pass"), ("nbforge:predict", "def p(d):\n    return scaler(d)")],
            "skipped-name",
            1,
            "scaler",
        ),
        ([("raises-exception", "scaler = 1"), PREDICT], "skipped-name", 1, "scaler"),
        ([PREDICT, "scaler = 1"], "defined-later", 0, "scaler"),
        (["x = 1", PREDICT], "undefined-name", 1, "scaler"),
        (["def f():\n    return scaler", ("nbforge:predict", "f()")], "undefined-name", 1, "scaler"),
        (["x = (", PREDICT, "scaler = 1"], "defined-later", 1, "scaler"),
        (["y = 1\nscaler = = 2", PREDICT], "syntax-error", 0, None),
        ([("nbforge:train", "y = (1"), PREDICT], "syntax-error", 0, None),
        ([("nbforge:predict", "import os")], "no-prediction", 0, None),
        ([("nbforge:predict", "# nothing")], "empty-predict-cell", 0, None),
    ],
)
def test_refusals(cells: list[str | tuple[str, str]], code: str, cell: int | None, name: str | None) -> None:
    with pytest.raises(NotebookError) as caught:
        slice_notebooks((notebook(*cells),), {})
    assert (caught.value.code, caught.value.cell, caught.value.name) == (code, cell, name)
    assert caught.value.remedy


def test_the_message_for_a_skipped_name() -> None:
    with pytest.raises(NotebookError) as caught:
        slice_notebooks((notebook("x = 1", ("skip", "scaler = 1"), PREDICT),), {})
    assert str(caught.value) == (
        "churn.ipynb, cell 2: `scaler` is defined only in cell 1, which is tagged `skip`.\n"
        "Remove the tag from cell 1, or define `scaler` elsewhere."
    )


@pytest.mark.parametrize(
    "use", ["display(1)", "get_ipython()", "print(__name__)", "try:\n    maybe\nexcept NameError:\n    pass"]
)
def test_names_that_are_always_there(use: str) -> None:
    slice_notebooks((notebook(("nbforge:train", use), ("nbforge:predict", "1")),), {})


def test_syntax_errors_elsewhere_do_no_harm() -> None:
    found = slice_notebooks((notebook("print 'old'", "scaler = 1", PREDICT),), {})
    assert [cell.included for cell in found.cells] == [False, True, True]


def test_parameters_follow_their_defaults() -> None:
    given: dict[str, Json] = {"alpha": 0.5, "names": ["a", None, True], "top": float("inf")}
    found = slice_notebooks(
        (notebook(("parameters", "alpha = 1\nnames = []\ntop = 0"), ("nbforge:predict", "alpha")),), given
    )
    cell = found.cells[0]
    assert cell.source.splitlines()[3:] == [
        "# parameters given to the build",
        "alpha = 0.5",
        "names = ['a', None, True]",
        'top = float("inf")',
    ]
    assert found.parameters == given


@pytest.mark.parametrize(("name", "hint"), [("alhpa", "Did you mean `alpha`?"), ("zzz", "Known parameters: `alpha`.")])
def test_unknown_parameters(name: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        slice_notebooks((notebook(("parameters", "alpha = 1"), ("nbforge:predict", "alpha")),), {name: 1})
    assert hint in caught.value.remedy
    assert caught.value.name == name


@pytest.mark.parametrize(
    ("source", "entry"),
    [
        ("def predict(d):\n    return d", ("def", "predict", None)),
        ("def predict(d):\n    return d\npredict(raw)", ("expression", None, "predict")),
        ("raw", ("expression", "raw", None)),
        ("raw[0]", ("expression", None, None)),
        ("answer = raw[0]", ("assignment", "answer", None)),
        ("predict = lambda d: d", ("assignment", "predict", None)),
    ],
)
def test_entry_points(source: str, entry: tuple[str, str | None, str | None]) -> None:
    found = slice_notebooks((notebook("raw = [1]", ("nbforge:predict", source)),), {})
    assert found.entry is not None
    assert replace(found.entry, told=()) == EntryPoint(0, 1, entry[0], entry[1], entry[2])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("source", "last", "earlier"),
    [
        ("m.fit(raw)\npred = m.predict(raw)\nscore(pred)", None, ["pred", "m"]),
        ("pred = m.predict(raw)\nfor row in pred:\n    print(row)", "pred", []),
        ("best = grid.fit(raw).best_estimator_\nbest.score(raw)", None, ["best"]),
        ("def predict_one(d):\n    return d\ndef measure(d):\n    return 1\nprint(measure(predict_one(raw)))", None,
         ["predict_one"]),
        ("pred = 1\npred = m.predict(raw)\npred", "pred", []),
        ("m.fit(raw)\npred, sure = n.predict_set(raw)", "pred", []),
        ("m.fit(raw)\npred, sure = m.predict_set(raw)", "pred", ["m"]),
        ("print(rmse(y, m.predict(raw)))", None, ["m"]),
        ("print(f'{m.score(raw, y):.2f}')", None, ["m"]),
        ("r2 = score(y, m.predict(raw))\nprint(r2)", None, ["m"]),
        ("print(rmse(y, m.predict(raw)), rmse(y, n.predict(raw)))", None, []),
        ("print(rmse(y, exp(m.predict(raw))))", None, []),
        ("p = m.predict(raw) > 3\nprint(rmse(y, p), m.score(raw, y))", None, ["p"]),
        ("y_pred = exp(raw)\npredictors = y\nprint(score(y_pred))", None, ["y_pred"]),
        ("y_pred = exp(raw)\nprint(rmse(y, m.predict(raw)))", None, ["m"]),
        ("print(rmse(y, y_pred_class))\nprint(rmse(y, exp(raw)))", None, ["y_pred_class"]),
        ("cross_val_score(m, predictors)", None, []),
        ("odds = exp(y)\nprint('odds')\nprint(odds)", None, ["odds"]),
        ("odds = exp(y)\nprint(len(odds))", None, []),
        ("for m in n:\n    m.fit(raw)\n    y_pred = m.predict(raw)\n    print(score(y, y_pred))", None, []),
        ("scaled = n.transform(raw)\nm.score(scaled, y)", None, ["m"]),
        ("scaled = n.transform(raw)\nprint(scaled)", None, ["scaled"]),
        ("y_pred = m.predict(raw)\ny_pred = n.inverse_transform(y_pred)\ny = n.inverse_transform(y)", "y", ["y_pred"]),
    ],
)  # fmt: skip
def test_earlier_statements_of_the_predict_cell_may_answer(source: str, last: str | None, earlier: list[str]) -> None:
    found = slice_notebooks(
        (
            notebook(
                "raw = m = n = y = grid = exp = score = rmse = y_pred_class = predictors = cross_val_score = [1]",
                ("nbforge:predict", source),
            ),
        ),
        {},
    ).entry
    assert found is not None
    assert found.name == last
    assert [each.name for each in found.earlier] == earlier


@pytest.mark.parametrize(
    ("source", "receiver"),
    [
        ("m.predict(raw)", "m"),
        ("pred = m.fit(raw, y).predict(raw)", "m"),
        ("list(m['best'].predict(raw).ravel())", "m['best']"),
        ("exp(m.predict(raw))", None),
        ("m(raw).predict(raw)", None),
    ],
)
def test_the_model_that_the_predict_cell_asks(source: str, receiver: str | None) -> None:
    found = slice_notebooks((notebook("raw = m = y = exp = [1]", ("nbforge:predict", source)),), {}).entry
    assert found is not None
    assert found.receiver == receiver


def test_what_a_slice_tells() -> None:
    found = slice_notebooks(
        (
            notebook(
                "import math\nfactor = 2\nunused = 3",
                ("nbforge:data", "first = [1]\nX, y = first, 2"),
                "if factor:\n    # twice\n    def twice(v):\n        return v * factor",
                ("nbforge:train", "model = twice(2)"),
                "print(model)",
                ("pipeline-metrics", "r2 = 0.5\nr2"),
                ("nbforge:test", "assert model"),
                ("nbforge:predict", "def predict(v):\n    return twice(v) + model"),
            ),
        ),
        {},
    )
    assert found.data_names == ("first", "X", "y")
    assert found.metric_names == ("r2",)
    assert [(d.name, d.cell, d.line, d.kind) for d in found.definitions] == [
        ("twice", 2, 2, "function"),
        ("predict", 7, 1, "function"),
    ]
    assert found.definitions[0].source == "# twice\ndef twice(v):\n    return v * factor"
    assert (found.statements_in, found.statements_out) == (9, 3)
    assert [cell.phase for cell in found.cells if cell.included] == ["training"] * 5 + ["serving"] * 2
    assert [row["reason"] for row in report.rows(found)] == [
        "in: defines factor, which train (cell 3) needs",
        "in: tagged nbforge:data",
        "in: defines twice, which train (cell 3) needs",
        "in: tagged nbforge:train",
        "out: nothing that training or scoring needs comes from here",
        "in: tagged pipeline-metrics",
        "in: tagged nbforge:test",
        "in: tagged nbforge:predict",
    ]
    json.dumps(found.plan())


def test_serving_cells_stay_in_place_where_order_matters() -> None:
    found = slice_notebooks(
        (
            notebook(
                "x = [1]",
                ("nbforge:test", "assert x == [1]"),
                ("nbforge:train", "x.append(2)"),
                ("nbforge:predict", "x"),
            ),
        ),
        {},
    )
    assert [cell.phase for cell in found.cells] == ["training", "serving", "serving", "serving"]


def test_statements_and_lines_point_into_the_cell() -> None:
    found = slice_notebooks(
        (
            notebook(
                "a = []; b = 1\n# about c\nc = a\nd = 2\n%time c.append(1)\n!echo\n\ne = !ls",
                ("nbforge:predict", "(a, e)"),
            ),
        ),
        {},
    )
    cell = found.cells[0]
    assert cell.source.splitlines() == ["a = []", "# about c", "c = a", "%time c.append(1)", "e = !ls"]
    assert cell.lines == (1, 2, 3, 5, 8)
    assert len(ast.parse(cell.code).body) == len(cell.statements) == 4
    appended = cell.statements[2]
    assert (appended.line, appended.updates, appended.uses) == (4, ("a", "c"), ("c",))


def test_a_cell_that_cannot_be_seen_through_is_said() -> None:
    found = slice_notebooks((notebook("code = 'x = 1'", "exec(code.strip())", ("nbforge:predict", "x")),), {})
    assert found.cells[1].included
    assert "cell 1: `exec` runs code" in found.caveats[0]


STAGE = """\
import os, pickle
path = os.environ['S2I_PIPELINE_STAGE_SAVE_FILE']
with open(path, 'wb') as f:
    pickle.dump(model, f)"""


def test_a_stage_needs_no_tags() -> None:
    made = notebook("model = [1]\nprint(model)", "junk = 1", STAGE)
    stage = type(made)(
        **{**{f: getattr(made, f) for f in made.__slots__}, "stage": True, "path": Path("/nowhere/a.ipynb")}
    )
    found = slice_notebooks((stage,), {})
    assert found.entry is None
    assert [cell.source for cell in found.cells] == ["model = [1]", "", STAGE]


def test_untagged_notebooks_of_several_run_whole() -> None:
    found = slice_notebooks((notebook("junk = 1"), notebook("x = 1", ("nbforge:predict", "x"), index=1)), {})
    assert found.cells[0].included
    assert "none of them is tagged" in found.caveats[0]


PROFILED = ["import pandas as pd, deadlib\ndf = pd.read_csv('a.csv')", "deadlib.Profile(df)", "# nbforge: predict\ndf"]


def test_what_is_taken_for_granted_is_said() -> None:
    found = slice_notebooks((notebook(*PROFILED),), {})
    assert [cell.included for cell in found.cells] == [True, False, True]
    assert found.caveats == ("churn.ipynb, cell 1: `deadlib.Profile(df)` is taken not to change `df`.",)


def test_what_is_taken_for_granted_is_not_said_where_nothing_depends_on_it() -> None:
    cells = ["import deadlib\nother = 1", "deadlib.Profile(other)", "# nbforge: predict\n1"]
    assert slice_notebooks((notebook(*cells),), {}).caveats == ()


def test_functions_of_the_own_project_get_no_such_credit(tmp_path: Path) -> None:
    (tmp_path / "deadlib.py").write_text("this is no Python")
    book = replace(notebook(*PROFILED), path=tmp_path / "churn.ipynb")
    assert [cell.included for cell in slice_notebooks((book,), {}).cells] == [True, True, True]


def test_a_draw_that_is_left_out_before_a_call_that_may_draw_is_said() -> None:
    cells = [
        "import numpy as np\nfrom deadlib import Net\nnp.random.seed(1)",
        "np.random.rand()",
        "# nbforge: predict\nNet()",
    ]
    found = slice_notebooks((notebook(*cells),), {})
    assert [cell.source for cell in found.cells][:2] == [cells[0], ""]
    assert (
        "cell 2: `Net()` is taken not to draw random numbers, so those that cell 1 draws stay out" in found.caveats[0]
    )
