"""The proof on a real bundle: a fresh process, only the lock, over HTTP."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nbforge.bundle import manifest, process, score, verify
from nbforge.bundle.swap import publish, staging
from nbforge.errors import NbforgeError, ProofError, UsageError
from nbforge.runtime import machine
from nbforge.values import Bundle, Run

from .conftest import ROWS, answer, bundle_of


@pytest.fixture
def copied(built: Bundle, tmp_path: Path) -> Path:
    target = tmp_path / "copied"
    shutil.copytree(built.directory, target)
    return target


def rewrite(path: Path, change: Callable[[Any], None]) -> None:
    value = json.loads(path.read_text("utf-8"))
    change(value)
    path.write_text(json.dumps(value), "utf-8")


def test_a_true_bundle_is_proven_bit_for_bit_and_says_so(copied: Path) -> None:
    before = {path for path in copied.rglob("*") if path.is_file()}
    verified = verify.verify(copied)
    assert verified.report["proof"]["equal"] == "bits"
    assert verified.report["proof"]["rows"] == verified.report["proof"]["apart"] == len(ROWS)
    assert json.loads((copied / "evidence" / "verification.json").read_text()) == verified.report
    assert "/predict" in json.loads((copied / "openapi.json").read_text())["paths"]
    after = {path for path in copied.rglob("*") if path.is_file()}
    assert after - before <= {copied / "openapi.json", copied / "evidence" / "verification.json"}


def test_one_bit_of_one_answer_fails_and_is_named(copied: Path) -> None:
    wrong = answer(ROWS[4]) * (1 + 2**-52)
    rewrite(copied / "evidence" / "proof.json", lambda proof: proof["together"]["predictions"].__setitem__(4, wrong))
    with pytest.raises(ProofError, match="first row 4") as caught:
        verify.verify(copied)
    assert caught.value.code == "differs"
    assert repr(wrong) in caught.value.message


def test_elsewhere_the_last_bits_may_differ_but_not_more(copied: Path) -> None:
    def elsewhere(proof: Any) -> None:
        proof["environment"]["cpu"]["features"] = ["OTHER"]
        proof["together"]["predictions"] = [value * (1 + 1e-12) for value in proof["together"]["predictions"]]

    rewrite(copied / "evidence" / "proof.json", elsewhere)
    assert verify.verify(copied).report["proof"]["equal"] == "tolerance"
    rewrite(copied / "evidence" / "proof.json", lambda proof: proof["together"]["predictions"].__setitem__(0, 99.0))
    with pytest.raises(ProofError, match="differ"):
        verify.verify(copied)


def test_answers_apart_that_differ_from_together_fail(copied: Path) -> None:
    rewrite(copied / "evidence" / "proof.json", lambda proof: proof["apart"][2]["predictions"].__setitem__(0, 1.0))
    with pytest.raises(ProofError, match="one by one"):
        verify.verify(copied)


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (lambda root: (root / "artifacts" / "weights.npy").write_bytes(b"x"), "artifacts/weights.npy"),
        (lambda root: (root / "contract.json").unlink(), "contract.json"),
        (lambda root: (root / "service" / "numpy.py").write_text("raise SystemExit"), "service/numpy.py"),
        (lambda root: rewrite(root / "bundle.json", lambda value: value.update(rowwise=False)), "bundle.json"),
    ],
    ids=["changed", "missing", "planted", "manifest"],
)
def test_a_file_that_is_not_as_built_is_named_before_anything_runs(
    copied: Path, damage: Callable[[Path], None], named: str
) -> None:
    damage(copied)
    with pytest.raises(ProofError) as caught:
        verify.verify(copied)
    assert (caught.value.code, caught.value.name) == ("digest", named)


def test_no_rows_prove_nothing(copied: Path) -> None:
    rewrite(copied / "evidence" / "proof.json", lambda proof: proof.update(rows=[]))
    with pytest.raises(ProofError, match="holds no rows"):
        verify.verify(copied)


def test_the_same_run_makes_the_same_version_anywhere(run: Run, built: Bundle, tmp_path: Path) -> None:
    again = bundle_of(run, tmp_path / "elsewhere entirely")
    assert again.version == built.version
    assert again.manifest["files"] == built.manifest["files"]


def test_an_earlier_manifest_keeps_its_version_and_the_tolerance_of_a_compiled_model_is_covered(built: Bundle) -> None:
    earlier = {key: built.manifest[key] for key in built.manifest if key not in {"private", "tracing", "compiled"}}
    said = {key: earlier[key] for key in ("protocol", "form", "rowwise", "entry", "validate", "artifacts", "files")}
    assert manifest.version_of(earlier) == "sha256:" + hashlib.sha256(manifest.canonical(said)).hexdigest()
    looser = {**built.manifest, "compiled": {"tolerance": 1.0}}
    assert manifest.version_of(looser) != built.version


def test_dependence_on_other_rows_needs_permission(run: Run) -> None:
    proof = run.directory / "capture" / "proof.json"
    capture = {**run.capture, "rowwise": False, "warnings": ["cell 4: rank depends on the other rows."]}
    with pytest.raises(ProofError, match="depend on the other rows") as caught:
        verify.check_rowwise(capture, proof, allowed=False)
    assert "cell 4" in caught.value.remedy
    assert "`rowwise = false`" in caught.value.remedy
    verify.check_rowwise(capture, proof, allowed=True)


def test_the_service_ends_with_the_process_that_started_it(built: Bundle) -> None:
    with process.running(built, verify.environment_of(built)) as service:
        with urllib.request.urlopen(f"{service.url}/health/live") as response:
            assert response.status == 200
        pid = service.process.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


class TestScore:
    def write(self, path: Path, lines: list[str]) -> Path:
        path.write_text("\n".join(lines) + "\n", "utf-8")
        return path

    def test_a_file_of_several_chunks(self, built: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(score, "CHUNK_ROWS", 100)
        rows = [{"amount": float(n), "months": n % 360 + 1} for n in range(250)]
        lines = ["months,remark,amount", *(f'{row["months"]},"a, b",{row["amount"]}' for row in rows)]
        source = self.write(tmp_path / "rows.csv", lines)
        assert score.score(built.directory, source, tmp_path / "new" / "out.csv") == 250
        out = (tmp_path / "new" / "out.csv").read_text().splitlines()
        assert out[0] == "prediction"
        assert [float(value) for value in out[1:]] == [answer(row) for row in rows]

    def test_a_bad_row_is_named_and_nothing_is_written(
        self, built: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(score, "CHUNK_ROWS", 2)
        source = self.write(tmp_path / "rows.csv", ["amount,months", "1,2", "1,2", "", "1,2", "1,many"])
        (tmp_path / "out.csv").write_text("earlier")
        with pytest.raises(UsageError, match=r"rows\.csv, line 6, row 4, column `months`"):
            score.score(built.directory, source, tmp_path / "out.csv")
        assert (tmp_path / "out.csv").read_text() == "earlier"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "rows.csv"]

    @pytest.mark.parametrize(
        ("content", "said"),
        [(b"", "no header"), (b"amount,months\n1,2,3\n", "3 values under a header of 2"), (b"amount\n\xff\n", "UTF-8")],
    )
    def test_what_is_no_csv_of_rows(self, built: Bundle, tmp_path: Path, content: bytes, said: str) -> None:
        (tmp_path / "rows.csv").write_bytes(content)
        with pytest.raises(UsageError, match=said):
            score.score(built.directory, tmp_path / "rows.csv", tmp_path / "out.csv")


def test_what_is_no_bundle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a bundle"):
        manifest.load(tmp_path)
    (tmp_path / "bundle.json").write_text("{}")
    with pytest.raises(ProofError, match="damaged"):
        manifest.load(tmp_path)
    (tmp_path / "bundle.json").write_text('{"protocol": 99, "name": "x", "version": "y", "files": {}}')
    with pytest.raises(NbforgeError, match="protocol 99"):
        manifest.load(tmp_path)


def test_machines_are_alike_only_where_it_decides_bits() -> None:
    here = machine.facts()
    assert machine.alike(here, here)
    assert machine.alike({**here, "python": "3.99.0"}, here)
    assert machine.alike({**here, "blas": [*here["blas"], {"library": "other"}]}, here), "absent here, not used here"
    assert not machine.alike({**here, "blas": []}, here)
    assert not machine.alike({}, here)


def test_a_bundle_takes_the_place_of_a_bundle(copied: Path, tmp_path: Path) -> None:
    with staging(copied) as staged:
        (staged / "bundle.json").write_text("new")
        publish(staged, copied)
    assert (copied / "bundle.json").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["copied"]
