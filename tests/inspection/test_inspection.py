"""The pictures of a slice: links between cells, table, page, diagram."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from nbforge import inspection
from nbforge.values import Explained
from tests.support import notebooks
from tests.support.cli import Nbforge

NOTEBOOK = """\
# %%
import pandas as pd
import seaborn as sns
# %%
rooms, unused = 3, '<script>alert("a")</script>'
# %% nbforge:data
df = pd.read_csv("flats.csv")
# %%
sns.pairplot(df)
# %% [markdown]
# # Flats & <b>houses</b>
# %%
factor = rooms * 2
note = "left"
# %% nbforge:predict
def predict(frame):
    return frame["area"] * factor
"""


@pytest.fixture
def paths(tmp_path: Path) -> tuple[Path, ...]:
    return (notebooks.write(tmp_path / "flats & co.ipynb", NOTEBOOK),)


@pytest.fixture
def found(paths: tuple[Path, ...]) -> Explained:
    return inspection.notebooks(paths, {})


class Page(HTMLParser):
    """Identifiers, targets of links, tags and the text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.tags: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.targets += [value for name, value in attrs if name in {"href", "src", "action"} and value]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_what_cells_give_each_other(found: Explained) -> None:
    links = {(link.source[1], link.target[1], link.kind, link.names, link.kept) for link in found.links}
    assert links == {
        (0, 2, "import", ("pd",), True),
        (1, 5, "data", ("rooms",), True),
        (5, 6, "data", ("factor",), True),
        (0, 3, "import", ("sns",), False),
        (2, 3, "data", ("df",), False),
    }


def test_a_file_is_a_link_between_notebooks(tmp_path: Path) -> None:
    first = notebooks.write(
        tmp_path / "1.ipynb",
        '# %%\nimport pandas as pd\npd.DataFrame({"a": [1]}).to_csv("a.csv")\n# %% nbforge:train\nseen = 1\n',
    )
    second = notebooks.write(
        tmp_path / "2.ipynb",
        '# %% nbforge:data\nimport pandas as pd\ndf = pd.read_csv("a.csv")\n# %% nbforge:predict\ndf.a * 2\n',
    )
    found = inspection.notebooks((first, second), {})
    assert [(link.source, link.target, link.names) for link in found.links if link.kind == "file"] == [
        ((0, 0), (1, 0), ("a.csv",))
    ]
    assert 'subgraph n1["2.ipynb"]' in inspection.mermaid(found)


def test_the_table_says_in_or_out_and_why(found: Explained) -> None:
    lines = inspection.text(found).splitlines()
    assert re.match(r"  2  in   data +df = pd\.read_csv.* tagged nbforge:data", lines[3].removeprefix("  "))
    assert re.search(r"^ +3  out  .*nothing that training or scoring needs", lines[4])
    assert lines[6].endswith("defines factor, which predict (cell 6) needs (1 of 2 lines)")


def test_the_page_holds_every_cell_and_nothing_from_elsewhere(found: Explained, paths: tuple[Path, ...]) -> None:
    html = inspection.html(found, paths)
    page = Page(html)
    cells = [f"c0-{index}" for index in range(7)]
    assert [each for each in page.ids if each.startswith("c0-")] == cells
    assert all(target.removeprefix("#") in page.ids for target in page.targets)
    assert page.tags.isdisjoint({"script", "link", "img", "iframe", "b"})
    assert re.findall(r"https?://[^\"\s]+", html) == ["http://www.w3.org/2000/svg"]
    assert 'alert("a")' in page.text
    assert "have not been built here" in page.text
    drawn = ET.fromstring(re.search(r"<svg class.*?</svg>", html, re.DOTALL)[0])  # type: ignore[index]
    names = [text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text") if text.get("class") == "names"]
    assert sorted(name or "" for name in names) == ["factor", "pd", "rooms"]


def test_the_diagram_names_cells_and_what_flows(found: Explained) -> None:
    lines = inspection.mermaid(found).splitlines()
    assert lines[0] == "flowchart TD"
    assert '    c0_1["1  rooms, unused = 3, \'#lt;script#gt;ale..."]:::training' in lines
    assert '    c0_5 -->|"factor"| c0_6' in lines


def test_formats_go_where_they_are_sent(nbforge: Nbforge, paths: tuple[Path, ...]) -> None:
    page = nbforge("inspect", *paths, "--html", "-o", "page.html")
    assert (page.code, page.stdout) == (0, "")
    assert (nbforge.directory / "page.html").read_text().startswith("<!doctype html>")
    assert nbforge("inspect", *paths, "--json").json["links"][0]["names"] == ["pd"]
    refused = nbforge("inspect", *paths, "--html", "--mermaid")
    assert (refused.code, "Choose one" in refused.stderr) == (2, True)
