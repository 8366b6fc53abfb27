"""The reference is held against the code: what is not documented fails here and is named."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbforge import errors
from nbforge.keys import INPUT_KEYS, KEYS, Key
from nbforge.notebook import tags
from nbforge.runtime import settings
from nbforge.runtime.service import create_app
from tests.docs import pages
from tests.support import bundles

PACKAGE = pages.ROOT / "nbforge"


def test_the_command_lines_page_is_the_one_that_the_command_line_gives() -> None:
    from scripts import cli_reference

    assert pages.text("cli.md") == cli_reference.render(), "run `make docs`"


def test_every_tag_is_documented() -> None:
    documented = {name for row in pages.rows(pages.text("tags.md")) for name in pages.names(row[0])}
    wanted = {f"nbforge:{role}" for role in tags.TAGGED} | set(tags.STANDARD)
    assert wanted <= documented, f"not in tags.md: {wanted - documented}"
    extra = {name for name in documented if name.startswith("nbforge:")} - wanted
    assert not extra, f"tags.md has tags that do not exist: {extra}"


def test_every_exit_code_is_documented_with_its_stage() -> None:
    documented = {row[0]: row[1].strip("`") for row in pages.rows(pages.text("exit-codes.md"))}
    known = {str(code): cls.stage for code, cls in errors.BY_EXIT_CODE.items()}
    assert documented == {"0": "", "1": errors.NbforgeError.stage, **known, "130": ""}


@pytest.mark.parametrize(
    ("heading", "keys"), [("# Configuration", KEYS), ("## `[tool.nbforge.inputs.<field>]`", INPUT_KEYS)]
)
def test_every_configuration_key_is_documented(heading: str, keys: tuple[Key, ...]) -> None:
    table = pages.text("configuration.md")
    if heading == "# Configuration":
        table = table.split("\n## ", 1)[0]
        rows = {row[0].strip("`"): row for row in pages.rows(table)}
    else:
        rows = {row[0].strip("`"): row for row in pages.rows(table, heading)}
    assert list(rows) == [key.name for key in keys]
    for key in keys:
        assert rows[key.name][1].startswith(key.kind), key.name
        assert pages.names(rows[key.name][1]) == list(key.choices), key.name
        assert rows[key.name][2] == key.default, key.name
        assert rows[key.name][-1] == key.doc, key.name
        if key.flag:
            assert rows[key.name][3].strip("`") == key.flag


def test_every_setting_of_the_service_is_documented() -> None:
    documented = {name for row in pages.rows(pages.text("settings.md")) for name in pages.names(row[0])}
    assert {setting.variable for setting in settings.TABLE} <= documented


def test_every_metric_is_documented_with_its_type() -> None:
    from nbforge.runtime.contract import Contract
    from nbforge.runtime.metrics import Metrics
    from nbforge.runtime.protocol import PROTOCOL

    contract = Contract.from_json(
        {
            "protocol": PROTOCOL,
            "task": "regression",
            "inputs": [],
            "ignored": [],
            "outputs": [],
            "frame": {"kind": "dataframe"},
            "examples": [],
            "baseline": {},
        }
    )
    exposed = Metrics(contract, "name", "version").text().decode()
    found = re.findall(r"^# TYPE (\w+) (\w+)$", exposed, re.MULTILINE)
    # prometheus_client adds a time of creation to each counter and histogram; the page says so in one sentence.
    wanted = {name: kind for name, kind in found if not name.endswith("_created")}
    documented = {row[0].strip("`"): row[1] for row in pages.rows(pages.text("metrics.md"))}
    assert documented == wanted


def test_every_error_code_is_documented() -> None:
    documented = {row[0].strip("`") for row in pages.rows(pages.text("errors.md"))}
    used = {code for path in _sources(PACKAGE, without="runtime") for code in _keyword(path, "code")}
    used -= {code for code in used if not re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", code)}
    assert used <= documented, f"not in errors.md: {sorted(used - documented)}"
    texts = {text for path in _sources(PACKAGE) for text in _texts(path)}
    assert documented <= texts, f"errors.md has codes that no code gives: {sorted(documented - texts)}"


def test_every_code_of_the_services_refusals_is_documented() -> None:
    documented = {row[0].strip("`") for row in pages.rows(pages.text("http.md"), "## Refusals")}
    used = {code for path in _sources(PACKAGE / "runtime") for code in _positional(path, ("Problem", "Verdict"), 1)}
    used.discard("")
    assert used <= documented, f"not in http.md: {sorted(used - documented)}"


def test_every_reason_of_a_rejection_is_documented() -> None:
    used = {reason for path in _sources(PACKAGE / "runtime") for reason in _keyword(path, "reason")}
    assert used <= set(pages.names(pages.text("metrics.md")))


def test_every_route_is_documented(tmp_path: Path) -> None:
    app = create_app(bundles.build("houses", tmp_path / "houses"), settings.Settings())
    routes = {route.path for route in app.router.routes if not route.path.startswith("/static")}  # type: ignore[attr-defined]
    page = pages.text("http.md")
    written = {route.replace("/versions/{version}", "") for route in routes}
    missing = [route for route in written if f"`{route}" not in page and f" {route}`" not in page]
    assert not missing, f"not in http.md: {missing}"


def _sources(folder: Path, without: str = "") -> Iterator[Path]:
    yield from (path for path in sorted(folder.rglob("*.py")) if without not in path.parts or not without)


def _calls(path: Path) -> Iterator[ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _keyword(path: Path, name: str) -> Iterator[str]:
    for call in _calls(path):
        for keyword in call.keywords:
            if keyword.arg == name and isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, str):
                yield keyword.value.value


def _positional(path: Path, functions: tuple[str, ...], position: int) -> Iterator[str]:
    for call in _calls(path):
        if isinstance(call.func, ast.Name) and call.func.id in functions and len(call.args) > position:
            argument = call.args[position]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield argument.value


def _texts(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    yield from (n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str))
