"""Tags are written and taken out again without touching any other byte, however the file is laid out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbforge.errors import NotebookError
from nbforge.notebook.tagging import Change, NewCell, edited

SAMPLES = sorted((Path(__file__).resolve().parents[2] / "sample_notebooks").glob("*/*.ipynb"))
Notebook = dict[str, Any]

# `written` gives empty objects another spelling by their text
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12).filter(lambda text: "{}" not in text)
sources = texts | st.lists(texts, max_size=3)
words = st.sampled_from(["parameters", "nbforge:data", "größe", "step:a", 'a"b', "\\"])
extras = st.dictionaries(st.sampled_from(["collapsed", "scrolled", "zoom", "tägs", "Tags"]), st.booleans(), max_size=3)


@st.composite
def cells(draw: st.DrawFn, index: int, *, metadata: bool) -> Notebook:
    kind = draw(st.sampled_from(["code", "markdown", "raw"]))
    inner: Notebook = dict(draw(extras))
    if draw(st.booleans()):
        inner["tags"] = draw(st.lists(words, max_size=3, unique=True))
    cell: Notebook = {"cell_type": kind, "id": f"cell-{index}", "metadata": inner, "source": draw(sources)}
    if kind == "code":
        data = {"text/plain": draw(texts), "application/json": {"x": [float("nan"), {"tags": ["no"]}, []]}}
        cell |= {"execution_count": None, "outputs": [{"output_type": "display_data", "data": data, "metadata": {}}]}
    if not metadata and draw(st.booleans()):
        del cell["metadata"]
    return dict(draw(st.permutations(list(cell.items()))))


@st.composite
def notebooks(draw: st.DrawFn, *, metadata: bool = True) -> Notebook:
    count = draw(st.integers(1, 4))
    document = {
        "cells": [draw(cells(index, metadata=metadata)) for index in range(count)],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}, "x": [[], {}, [1, "]"]]},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return dict(draw(st.permutations(list(document.items()))))


@st.composite
def written(draw: st.DrawFn, document: Notebook) -> bytes:
    """The document in some layout that a program may have given it."""
    indent: Any = draw(st.sampled_from([None, 0, 1, 2, "\t"]))
    comma = draw(st.sampled_from([",", ", ", " , "])) if indent is None else draw(st.sampled_from([",", " ,"]))
    colon = draw(st.sampled_from([":", ": ", " : "]))
    text = json.dumps(
        document,
        indent=indent,
        separators=(comma, colon),
        ensure_ascii=draw(st.booleans()),
        sort_keys=draw(st.booleans()),
    )
    text = text.replace("{}", draw(st.sampled_from(["{}", "{ }", "{\n}"]))) + draw(st.sampled_from(["", "\n", "\n \n"]))
    text = text.replace("\n", draw(st.sampled_from(["\n", "\r\n", "\r"])))
    return (draw(st.sampled_from(["", "\ufeff"])) + text).encode()


def parsed(content: bytes) -> Notebook:
    return json.loads(content.decode("utf-8-sig"))  # type: ignore[no-any-return]


def tags(content: bytes, cell: int) -> list[str] | None:
    return parsed(content)["cells"][cell].get("metadata", {}).get("tags")  # type: ignore[no-any-return]


def same(left: Any, right: Any) -> bool:
    """Equal as JSON, NaN included."""
    return json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)


def grew(before: bytes, after: bytes) -> bool:
    """Whether ``after`` is ``before`` with something put in at one place."""
    start = next((at for at, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), len(before))
    rest = before[start:]
    return len(after) >= len(before) and after.endswith(rest)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_tag_is_put_in_at_one_place_and_taken_out_without_a_trace(data: st.DataObject) -> None:
    document = data.draw(notebooks())
    before = data.draw(written(document))
    cell = data.draw(st.integers(0, len(document["cells"]) - 1))
    tag = data.draw(words | texts)
    had = tags(before, cell)
    after = edited(before, [Change(cell, add=(tag,))])
    if tag in (had or []):
        assert after == before
        return
    assert tags(after, cell) == [*(had or []), tag]
    assert grew(before, after) or had == []
    wanted = parsed(before)
    wanted["cells"][cell]["metadata"]["tags"] = tags(after, cell)
    assert same(parsed(after), wanted)
    cleared = edited(after, [Change(cell, remove=(tag,))])
    if had == []:  # nobody can tell that it was there
        assert tags(cleared, cell) is None
    else:
        assert cleared == before


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_several_cells_at_once_are_what_one_after_the_other_gives(data: st.DataObject) -> None:
    document = data.draw(notebooks(metadata=False))
    before = data.draw(written(document))
    chosen = data.draw(st.sets(st.integers(0, len(document["cells"]) - 1)))
    changes = [
        Change(
            cell, data.draw(st.lists(words, max_size=2).map(tuple)), data.draw(st.lists(words, max_size=2).map(tuple))
        )
        for cell in chosen
    ]
    together = edited(before, changes)
    one_by_one = before
    for change in changes:
        one_by_one = edited(one_by_one, [change])
        left = [tag for tag in tags(before, change.cell) or [] if tag not in change.remove]
        assert (tags(together, change.cell) or []) == list(dict.fromkeys([*left, *change.add]))
    assert together == one_by_one
    assert all(
        same({**a, "metadata": 0}, {**b, "metadata": 0})
        for a, b in zip(parsed(before)["cells"], parsed(together)["cells"], strict=True)
    )


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_a_cell_is_appended_in_the_layout_of_the_others(data: st.DataObject) -> None:
    document = data.draw(notebooks())
    before = data.draw(written(document))
    after = edited(before, [], NewCell("model\nmodel", ("nbforge:predict",)))
    assert grew(before, after)
    cell = parsed(after)["cells"][-1]
    assert cell["cell_type"] == "code"
    assert "".join(cell["source"]) == "model\nmodel"
    assert cell["metadata"] == {"tags": ["nbforge:predict"]}
    assert len({each["id"] for each in parsed(after)["cells"]}) == len(document["cells"]) + 1
    assert same(parsed(after)["cells"][:-1], parsed(before)["cells"])


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_a_real_notebook_stays_valid(path: Path) -> None:
    before = path.read_bytes()
    count = len(parsed(before)["cells"])
    after = edited(before, [Change(cell, add=("a", "b")) for cell in range(count)], NewCell("model", ("c",)))
    nbformat.validate(nbformat.reads(after.decode(), 4))  # type: ignore[no-untyped-call]
    if parsed(before)["nbformat_minor"] == 5 and b'\n "' in before:  # as Jupyter writes it
        saved = nbformat.writes(nbformat.reads(after.decode(), 4))  # type: ignore[no-untyped-call]
        assert same(json.loads(saved)["cells"][-1]["metadata"], {"tags": ["c"]})


CASES = {
    "a first tag where Jupyter puts it": (
        '{\n "cells": [\n  {\n   "cell_type": "code",\n   "metadata": {},\n   "id": "a"\n  }\n ],\n "nbformat": 4}',
        '"metadata": {\n    "tags": [\n     "x"\n    ]\n   },',
    ),
    "between keys in alphabetical order": (
        '{"cells": [{"metadata": {"collapsed": true, "zoom": 1}}], "nbformat": 4}',
        '{"collapsed": true, "tags": ["x"], "zoom": 1}',
    ),
    "before all keys": ('{"cells":[{"metadata":{"zoom":1}}],"nbformat":4}', '{"tags":["x"],"zoom":1}'),
    "after keys in no order": (
        '{"cells": [{"metadata": {"zoom": 1, "a": 2}}], "nbformat": 4}',
        '{"zoom": 1, "a": 2, "tags": ["x"]}',
    ),
    "behind a tag, each on its line": (
        '{\n"cells": [{"metadata": {"tags": [\n  "a"\n ]}}],\n"nbformat": 4}',
        '"tags": [\n  "a",\n  "x"\n ]',
    ),
    "the last of two keys of one name": (
        '{"cells": [{"metadata": {"tags": ["a"], "tags": ["b"]}}], "nbformat": 4}',
        '{"tags": ["a"], "tags": ["b", "x"]}',
    ),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES.keys())
def test_a_tag_stands_where_it_belongs(text: str, expected: str) -> None:
    after = edited(text.encode(), [Change(0, add=("x",))]).decode()
    assert expected in after
    assert edited(after.encode(), [Change(0, remove=("x",))]).decode() == text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"cells": [], "nbformat": 3}', "old-format"),
        ('{"worksheets": [{"cells": []}], "nbformat": 3}', "old-format"),
        ('{"cells": [{"metadata": null}], "nbformat": 4}', "broken-notebook"),
        ('{"cells": [{"metadata": {"tags": "x"}}], "nbformat": 4}', "broken-notebook"),
    ],
)
def test_what_the_format_does_not_allow_is_left_alone(text: str, code: str) -> None:
    with pytest.raises(NotebookError) as raised:
        edited(text.encode(), [Change(0, add=("x",))], file="a.ipynb")
    assert (raised.value.code, raised.value.notebook) == (code, "a.ipynb")
