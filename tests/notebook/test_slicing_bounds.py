"""Nothing that a notebook may hold takes minutes or ends in a traceback: it is followed, or taken whole, or refused."""

from __future__ import annotations

import time

import pytest

from nbforge.errors import NotebookError
from nbforge.notebook.slicing import slice_notebooks
from nbforge.notebook.source import transform
from nbforge.values import Slice
from tests.notebook.build import notebook

_ALL = "everything that it may touch is kept"
SECONDS = 30  # of processor time, on any machine; each takes less than 3 on a plain one
START = "import pandas as pd\ndf = pd.read_csv('a.csv')\nother = [1]"
TARGET = "# nbforge: predict\ndf"


def sliced(*cells: str) -> Slice:
    started = time.process_time()
    found = slice_notebooks((notebook(*cells),), {})
    assert time.process_time() - started < SECONDS
    return found


def kept(found: Slice, cell: int) -> str:
    return found.cells[cell].source


def indented(heads: list[str], body: str) -> str:
    return "\n".join([*("    " * depth + head for depth, head in enumerate(heads)), "    " * len(heads) + body])


def test_a_cell_of_five_thousand_lines() -> None:
    lines = [f"df['c{i}'] = df['a'] * {i}" if i % 2 else f"x{i} = df['a'].mean()" for i in range(5_000)]
    assert kept(sliced(START, "\n".join(lines), TARGET), 1) == "\n".join(lines[1::2])


def test_a_branch_of_two_thousand_conditions() -> None:
    branches = "".join(f"elif x == {i}:\n    df['a'] = {i}\n    y{i % 50} = df\n" for i in range(2_000))
    found = sliced(START, f"x = len(df)\nif x < 0:\n    pass\n{branches}y7.pop('b')\nother.append(2)", TARGET)
    assert "df['a'] = 1999" in kept(found, 1)
    assert "y7.pop('b')" in kept(found, 1)
    assert any("too deep" in caveat for caveat in found.caveats)


def test_two_hundred_conditions_are_followed() -> None:
    branches = "".join(f"elif x == {i}:\n    other.append({i})\n" for i in range(200))
    found = sliced(START, f"x = len(df)\nif x < 0:\n    pass\n{branches}", TARGET)
    assert not found.cells[1].included
    assert not found.caveats


def test_loops_in_loops() -> None:
    loops = [f"for v{i} in range(3):" for i in range(8)]
    found = sliced(START, indented(loops, "df['a'] = [v0, v7]"), indented(loops, "other.append([v0, v7])"), TARGET)
    assert [cell.included for cell in found.cells] == [True, True, False, True]


def test_a_tuple_of_five_hundred_names() -> None:
    names = ", ".join(f"a{i}" for i in range(500))
    found = sliced(START, f"{names} = [df] * 500\nb = ({names})", "b[3]['x'] = 1", "other.append(b)", TARGET)
    assert [cell.included for cell in found.cells] == [True, True, True, False, True]


@pytest.mark.parametrize(
    "expression",
    ["[" * 90 + "df" + "]" * 90, " + ".join(["df['a']"] * 900), "df" + ".abs()" * 900, "-" * 900 + "df['a']"],
    ids=["displays", "sum", "chain", "signs"],
)
def test_deep_expressions(expression: str) -> None:
    found = sliced(START, f"w = {expression}", "other.append(1)", "# nbforge: predict\nw")
    assert [cell.included for cell in found.cells] in ([True, True, False, True], [True, True, True, True])


@pytest.mark.parametrize(
    "expression", [" + ".join(["1"] * 60_000), "not " * 60_000 + "df", "(" * 300 + "1" + ")" * 300]
)
def test_what_python_cannot_read_is_refused_only_where_it_is_needed(expression: str) -> None:
    assert not sliced(START, f"w = {expression}", TARGET).cells[1].included
    with pytest.raises(NotebookError, match=r"cell 1: syntax error in line 1: .*(nested|complex)") as refused:
        sliced(START, f"w = {expression}", "# nbforge: predict\nw")
    assert refused.value.exit_code == 3


def test_functions_that_call_each_other_in_a_ring() -> None:
    ring = "\n".join(
        f"def f{i}(v, n=0):\n    r = f{(i * 7 + 1) % 200}(v, n + 1)\n    s = f{(i * 3 + 2) % 200}([r, v])\n"
        f"    r.append(s)\n    v.append(n)\n    return [r] if n else v"
        for i in range(200)
    )
    found = sliced(START, ring, "same = f0(other)", "same.append(3)", "# nbforge: predict\nother")
    assert all(cell.included for cell in found.cells[1:])


def test_calls_that_multiply_are_taken_to_change_everything() -> None:
    """Each function calls the one before three times, with something else each time: 3 ** 30 calls."""
    chain = "def h0(v):\n    return v\n" + "\n".join(
        f"def h{i}(v):\n    v.append(1)\n    h{i - 1}(v)\n    h{i - 1}([v])\n    return h{i - 1}(v)"
        for i in range(1, 30)
    )
    found = sliced(START, chain, "same = h29(other)", "same.append(3)", "n = len(df)", "# nbforge: predict\nother")
    assert [cell.included for cell in found.cells] == [True, True, True, True, False, True]
    assert found.caveats == (f"churn.ipynb, cell 2: it runs too much to be followed; {_ALL}.",)


def test_many_functions_that_are_called_from_outside() -> None:
    functions = "\n".join(
        f"def k{i}(v, n=0):\n    return v.apply(k{(i * 7 + 1) % 60}).map(lambda x: k{(i * 3 + 1) % 60}(x))"
        for i in range(60)
    )
    found = sliced(START, functions, "df['q'] = df.apply(k0)", TARGET)
    assert all(cell.included for cell in found.cells)


def test_long_cells_of_magics_become_what_ipython_makes_of_them() -> None:
    from IPython.core.inputtransformer2 import TransformerManager

    block = (
        "!ls 'un\"balanced' (\nx = !cat a.txt\n%time y = [1,\n         2 % 1]\nif x:\n    !echo {x}\n"
        "else:\n    %cd ..\ntext = '''\n%no magic\n!neither\n'''\n!pip install a \\\n    b\ny?\nz = 5 % 3 != 2\n"
        "/print 1\n@cache\ndef f():\n    return 1\n"
    )
    source = block * 5
    code, mapping = transform(source)
    assert code == TransformerManager().transform_cell(source)  # type: ignore[no-untyped-call]
    assert len(mapping) == len(code.splitlines())
    started = time.process_time()
    transform("!ls\n%time x = 1\n" * 1_000)
    assert time.process_time() - started < SECONDS
