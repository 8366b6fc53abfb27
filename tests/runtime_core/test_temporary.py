"""The folder for temporary files where nothing but shared memory can be written to."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from nbforge.runtime import temporary


def test_a_folder_that_can_be_written_to_is_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    environment: dict[str, str] = {}
    temporary.ensure(environment)
    assert not environment
    assert tempfile.gettempdir() == str(tmp_path)


def test_shared_memory_where_there_is_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> str:
        raise FileNotFoundError

    monkeypatch.setattr(tempfile, "gettempdir", nowhere)
    environment: dict[str, str] = {}
    temporary.ensure(environment)
    assert environment == {"TMPDIR": "/dev/shm"}
