"""The parts that keep and clean, without a kernel: cache, redaction, environment variables, what libraries read."""

from __future__ import annotations

import html
import json
import os
import subprocess
import sys
import types
import zipfile
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nbforge.errors import EnvironmentFailure, UsageError
from nbforge.training import inputs, lineage
from nbforge.training.cache import RunCache
from nbforge.training.kernel import readers
from nbforge.training.launcher import kernel_environment, looks_like_credential
from nbforge.training.redact import Redactor
from nbforge.values import Environment

HERE = Environment(Path(sys.executable), "3.11", "f", "active")


def store(cache: RunCache, key: str, size: int, age: float = 0) -> Path:
    with cache.workspace() as work:
        (work / "entry").mkdir()
        (work / "entry" / "data").write_bytes(b"x" * size)
        place = cache.store("captures", key, work / "entry")
    then = place.stat().st_mtime - age
    os.utime(place, (then, then))
    return place


def test_the_newest_entry_that_is_accepted_is_found(tmp_path: Path) -> None:
    cache = RunCache(tmp_path)
    old, new = store(cache, "k", 1, age=100), store(cache, "k", 1, age=50)
    assert cache.find("captures", "k", lambda _: True) == new
    assert cache.find("captures", "k", lambda entry: entry == old) == old
    assert cache.find("captures", "k", lambda _: True) == old  # used last
    assert cache.find("training", "k", lambda _: True) is None


def test_entries_that_cannot_be_read_are_ignored(tmp_path: Path) -> None:
    cache = RunCache(tmp_path)
    store(cache, "k", 1)
    assert cache.find("captures", "k", lambda entry: bool(json.loads((entry / "data").read_text()))) is None
    assert cache.find("captures", "k", lambda entry: bool((entry / "none").read_text())) is None


def test_the_least_recently_used_go_first_and_recent_ones_stay(tmp_path: Path) -> None:
    cache = RunCache(tmp_path, limit=250)
    oldest, older = store(cache, "a", 100, age=9000), store(cache, "b", 100, age=8000)
    recent = store(cache, "c", 100)
    assert not oldest.exists()
    newest = store(cache, "d", 300)
    assert not older.exists()
    assert recent.exists()
    assert newest.exists()
    assert not oldest.parent.exists()


def test_work_of_dead_processes_is_swept(tmp_path: Path) -> None:
    cache = RunCache(tmp_path)
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    dead, alive = tmp_path / "tmp" / f"{process.pid}-x", tmp_path / "tmp" / f"{os.getppid()}-x"
    dead.mkdir(parents=True)
    alive.mkdir()
    with cache.workspace():
        assert not dead.exists()
        assert alive.exists()


def test_a_cache_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NBFORGE_CACHE_DIR", str(tmp_path / "file" / "cache"))
    with pytest.raises(EnvironmentFailure, match="cannot be used"), RunCache.default().workspace():
        pass
    monkeypatch.setenv("NBFORGE_CACHE_MAX_BYTES", "5GB")
    with pytest.raises(UsageError, match="NBFORGE_CACHE_MAX_BYTES"):
        RunCache.default()


@given(st.text(min_size=6), st.text(), st.text())
def test_no_spelling_of_a_secret_survives(secret: str, before: str, after: str) -> None:
    assume("***" not in secret and not any(secret in part for part in (before, after, "***SERVICE***")))
    try:
        secret.encode()
    except UnicodeEncodeError:
        return
    redactor = Redactor((("SERVICE", secret),))
    spellings = [
        secret,
        json.dumps(secret),
        json.dumps(json.dumps(secret)),
        html.escape(secret),
        quote(secret, safe=""),
    ]
    for spelling in spellings:
        cleaned = redactor.text(before + spelling + after)
        assert "***SERVICE***" in cleaned
    assert redactor.json({"a": [before, secret]}) != {"a": [before, secret]}


def test_secrets_are_found_in_archives_and_across_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    redactor = Redactor.of(["API_KEY", "STAGE"], {"API_KEY": "s3cret-value", "STAGE": "dev"})
    assert redactor.text("dev s3cret-value") == "dev ***API_KEY***"
    with zipfile.ZipFile(tmp_path / "model.skops", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", "x" * 1000 + "s3cret-value")
    assert redactor.find(tmp_path / "model.skops") == "API_KEY"
    monkeypatch.setattr("nbforge.training.redact.CHUNK", 5)
    (tmp_path / "plain").write_bytes(b"0123456789" + "s3cret-value".encode("utf-16-le"))
    assert redactor.find(tmp_path / "plain") == "API_KEY"
    (tmp_path / "clean").write_bytes(b"nothing here")
    assert redactor.find(tmp_path / "clean") is None


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("GITHUB_TOKEN", "x", True),
        ("AWS_SECRET_ACCESS_KEY", "x", True),
        ("OPENAI_API_KEY", "x", True),
        ("DBPASSWORD", "x", True),
        ("DATABASE_URL", "postgres://me:pw@host/db", True),
        ("PIP_INDEX_URL", "https://pypi.org/simple", False),
        ("HTTPS_PROXY", "http://me:pw@proxy:3128", False),
        ("PWD", "/home", False),
        ("KEYBOARD", "de", False),
        ("MONKEY", "x", False),
        ("PATH", "/bin", False),
    ],
)
def test_credentials_stay_on_the_host(name: str, value: str, expected: bool) -> None:
    assert looks_like_credential(name, value) is expected
    given_ = kernel_environment(HERE, {name: value, "PATH": "/bin"}, (), {})
    assert (name in given_) is not expected
    assert kernel_environment(HERE, {name: value}, (name,), {})[name].endswith(value) or name == "PATH"


def test_readers_that_bypass_open_are_seen() -> None:
    module = types.ModuleType("fast")
    exec(
        "def read_table(source, n=0): return n\nclass Reader:\n    def __init__(self, where): self.where = where",
        vars(module),
    )
    seen: list[object] = []
    readers.watch(module, ("read_table", "Reader.__init__", "absent", "Absent.__init__"), seen.append)
    assert module.read_table("a.parquet", n=3) == 3
    assert module.read_table(source="b.parquet") == 0
    assert module.Reader("c").where == "c"
    assert seen == ["a.parquet", "b.parquet", "c"]
    assert module.read_table.__name__ == "read_table"


def test_modules_are_watched_as_they_are_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nbforge_test_fast.py").write_text("def load(path): return path\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    seen: list[object] = []
    readers.AfterImport({"nbforge_test_fast": (("load",), seen.append)}).install()
    import nbforge_test_fast  # type: ignore[import-not-found]

    assert nbforge_test_fast.load("x") == "x"
    assert seen == ["x"]


def test_the_state_of_git(tmp_path: Path) -> None:
    assert lineage.git_state(tmp_path) is None
    git = ["git", "-C", str(tmp_path), "-c", "user.name=n", "-c", "user.email=n@example.com"]
    (tmp_path / "a").write_text("1")
    for command in (["init", "-q"], ["add", "a"], ["commit", "-qm", "m"]):
        subprocess.run([*git, *command], check=True)
    (tmp_path / "untracked").write_text("1")
    state = lineage.git_state(tmp_path)
    assert len(state["commit"]) == 40
    assert state["dirty"] is False
    (tmp_path / "a").write_text("2")
    assert lineage.git_state(tmp_path)["dirty"] is True


def test_products_of_a_build_are_no_change(tmp_path: Path) -> None:
    observed = inputs.Observed(listed={str(tmp_path): ("data",)})
    (tmp_path / "data").mkdir()
    (tmp_path / "build" / "churn").mkdir(parents=True)
    (tmp_path / ".ipynb_checkpoints").mkdir()
    assert inputs.changed(observed, {}, (tmp_path / "build" / "churn",)) is None
    assert inputs.changed(observed, {}) == f"files came or went in {tmp_path.name}"
    assert inputs.Observed.from_json(json.loads(json.dumps(observed.to_json()))) == observed


def test_looking_up_a_finished_run_imports_nothing_heavy() -> None:
    heavy = "{'papermill', 'nbformat', 'nbclient', 'jupyter_client', 'IPython', 'numpy', 'cloudpickle', 'nbconvert'}"
    code = f"import sys, nbforge.training.execute, nbforge.training.evidence; print({heavy} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"
