"""Nothing of this machine gets into a bundle, and a bundle gets into place whole or not at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from nbforge.bundle import leaks, swap
from nbforge.errors import NotebookError, UsageError

SECRET = 'p"ss/wörd-123'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in ("service/nbforge", "artifacts", "evidence", "training"):
        (tmp_path / "bundle" / folder).mkdir(parents=True)
    return tmp_path / "bundle"


@pytest.mark.parametrize("form", [SECRET, json.dumps(SECRET), json.dumps(SECRET, ensure_ascii=False)])
def test_a_secret_is_replaced_in_evidence_and_refused_in_the_service(root: Path, form: str) -> None:
    needles = leaks.secrets({"TOKEN": SECRET})
    (root / "evidence" / "executed.ipynb").write_text(f"before {form} after", "utf-8")
    leaks.clean(root, needles)
    text = (root / "evidence" / "executed.ipynb").read_text("utf-8")
    assert "***TOKEN***" in text
    assert "wörd" not in text
    (root / "service" / "scoring.py").write_text(f"key = {form}", "utf-8")
    with pytest.raises(NotebookError, match=r"the value of `TOKEN` would be in `service/scoring.py`") as caught:
        leaks.clean(root, needles)
    assert "wörd" not in str(caught.value)


def test_archives_are_looked_into_and_proof_rows_are_never_changed(root: Path) -> None:
    (root / "evidence" / "proof.json").write_text('["/home/joan/data"]')
    leaks.clean(root, leaks.paths([("the home directory", Path("/home/joan"))]))
    assert (root / "evidence" / "proof.json").read_text() == '["/home/joan/data"]'
    with zipfile.ZipFile(root / "artifacts" / "model.skops", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", f"{SECRET * 50}")
    with pytest.raises(NotebookError, match=r"artifacts/model\.skops"):
        leaks.clean(root, leaks.secrets({"TOKEN": SECRET}))


def test_paths_end_where_a_component_ends(root: Path) -> None:
    page = root / "evidence" / "page.html"
    page.write_text("/home/jo/nb/x.csv /home/jo/y /home/joan /srv/home/jo", "utf-8")
    leaks.clean(
        root, leaks.paths([("the notebook's folder", Path("/home/jo/nb")), ("the home directory", Path("/home/jo"))])
    )
    assert page.read_text("utf-8") == "<notebook's folder>/x.csv <home directory>/y /home/joan /srv/home/jo"


def test_an_index_with_a_password_and_a_folder_of_one_part(root: Path) -> None:
    needles = leaks.addresses({"UV_INDEX": "https://joan:hunter22@pypi.corp.example/simple https://pypi.org/simple"})
    needles += leaks.paths([("the notebook's folder", Path("/data"))])
    (root / "service" / "scoring.py").write_text("x = '/data/today'  # https://pypi.org/simple", "utf-8")
    (root / "training" / "log.txt").write_text(
        "from https://joan:hunter22@pypi.corp.example/simple at pypi.corp.example"
    )
    leaks.clean(root, needles)
    assert (root / "training" / "log.txt").read_text() == "from <index> at <index>"
    (root / "service" / "scoring.py").write_text("x = 'hunter22'")
    with pytest.raises(NotebookError, match="password"):
        leaks.clean(root, needles)


def test_only_bundles_and_nothing_are_replaced(tmp_path: Path) -> None:
    swap.check_target(tmp_path / "new")
    (tmp_path / "empty").mkdir()
    swap.check_target(tmp_path / "empty")
    (tmp_path / "file").touch()
    for wrong in (tmp_path / "file", tmp_path):
        with pytest.raises(UsageError, match="not a bundle"):
            swap.check_target(wrong)


@pytest.mark.parametrize("exchanges", [True, False], ids=["exchange", "renames"])
def test_the_new_bundle_takes_the_old_ones_place(
    tmp_path: Path, exchanges: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not exchanges:
        monkeypatch.setattr(swap, "exchange", lambda one, other: False)
    target = tmp_path / "build" / "churn"
    for content in ("first", "second"):
        with swap.staging(target) as staged:
            (staged / "bundle.json").write_text(content)
            swap.publish(staged, target)
        assert (target / "bundle.json").read_text() == content
        assert [path.name for path in target.parent.iterdir()] == ["churn"]


def test_a_build_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "churn").mkdir()
    (tmp_path / "churn" / "bundle.json").write_text("old")
    with pytest.raises(ZeroDivisionError), swap.staging(tmp_path / "churn"):
        raise ZeroDivisionError
    assert [path.name for path in tmp_path.iterdir()] == ["churn"]
    assert (tmp_path / "churn" / "bundle.json").read_text() == "old"


def test_what_killed_builds_left_is_cleared_and_an_old_bundle_comes_back(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", "pass"])
    dead.wait()
    living = f".churn.nbforge-{os.getpid()}-abc"
    for name in (f".churn.nbforge-{dead.pid}-abc", f".churn.nbforge-{dead.pid}-abc-old", living):
        (tmp_path / name).mkdir()
        (tmp_path / name / "bundle.json").write_text(name)
    with swap.staging(tmp_path / "churn"):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == [living, "churn"]
    assert (tmp_path / "churn" / "bundle.json").read_text().endswith("-old")


def test_a_link_to_a_bundle_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "bundle.json").write_text("old")
    (tmp_path / "link").symlink_to("real")
    with swap.staging(tmp_path / "link") as staged:
        (staged / "bundle.json").write_text("new")
        swap.publish(staged, tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "bundle.json").read_text() == "new"
