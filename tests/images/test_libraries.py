"""Shared libraries, by the ELF files themselves."""

from __future__ import annotations

import platform
import shutil
import sys
import sysconfig
from dataclasses import replace
from pathlib import Path

import pytest

from nbforge.errors import ImageError
from nbforge.images import elf, libraries
from nbforge.images.base import Base, check_python, default_base, from_facts

SITE = Path(sysconfig.get_path("platlib"))
LIGHTGBM = "lightgbm/lib/lib_lightgbm.so"
BASE = Base(
    ref="slim",
    id="sha256:0",
    digest=None,
    python="3.11.9",
    machine=platform.machine(),
    glibc=(2, 36),
    libraries=frozenset({"libstdc++.so.6", "libgcc_s.so.1", "libz.so.1"}),
    versions=frozenset(
        {"GLIBCXX_3.4", *(f"GLIBCXX_3.4.{n}" for n in range(31)), "CXXABI_1.3", *(f"CXXABI_1.3.{n}" for n in range(14))}
    ),
    compiled=True,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads Linux wheels")


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    """A site directory that holds lightgbm's library and the record of it."""
    target = tmp_path / "packages" / LIGHTGBM
    target.parent.mkdir(parents=True)
    shutil.copyfile(SITE / LIGHTGBM, target)
    info = tmp_path / "packages" / "lightgbm-4.dist-info"
    info.mkdir()
    (info / "RECORD").write_text(f"lightgbm/__init__.py,,\n{LIGHTGBM},sha256=x,1\n")
    return tmp_path / "packages"


def test_what_lightgbm_needs(layer: Path) -> None:
    assert "libgomp.so.1" in elf.needs(layer / LIGHTGBM).libraries
    lacks = libraries.lacking([layer / LIGHTGBM], layer, BASE)
    assert [lack.name for lack in lacks] == ["libgomp.so.1"]


def test_a_base_that_has_it(layer: Path) -> None:
    full = replace(BASE, libraries=BASE.libraries | {"libgomp.so.1"})
    assert libraries.lacking([layer / LIGHTGBM], layer, full) == []


def test_a_wheel_that_brings_it_itself(layer: Path) -> None:
    (layer / "lightgbm.libs").mkdir()
    (layer / "lightgbm.libs" / "libgomp.so.1").write_bytes(b"")
    assert libraries.lacking([layer / LIGHTGBM], layer, BASE) == []


@pytest.mark.tool("dpkg-query")
def test_it_is_brought_with_digest_package_and_licence(layer: Path, tmp_path: Path) -> None:
    target = tmp_path / "libraries"
    target.mkdir()
    brought = libraries.bring(libraries.lacking([layer / LIGHTGBM], layer, BASE), layer, BASE, target, BASE.machine)
    assert [(each.name, each.needed_by, each.package.split()[0]) for each in brought] == [
        ("libgomp.so.1", "lightgbm", "libgomp1")
    ]
    assert len(brought[0].sha256) == 64
    assert elf.is_elf(target / "libgomp.so.1")
    assert "GCC" in (target / "licences" / "libgomp1-copyright.txt").read_text()


def test_a_library_that_is_nowhere(layer: Path, tmp_path: Path) -> None:
    lack = libraries.Lack("libnowhere.so.7", layer / LIGHTGBM)
    with pytest.raises(ImageError, match=r"lightgbm needs the shared library libnowhere\.so\.7") as caught:
        libraries.bring([lack], layer, BASE, tmp_path, BASE.machine)
    assert (caught.value.code, caught.value.exit_code, caught.value.name) == ("library-missing", 6, "libnowhere.so.7")


def test_another_architectures_libraries_are_not_taken(layer: Path, tmp_path: Path) -> None:
    lacks = libraries.lacking([layer / LIGHTGBM], layer, BASE)
    with pytest.raises(ImageError, match=r"libgomp\.so\.1"):
        libraries.bring(lacks, layer, BASE, tmp_path, "another")


def test_a_base_that_is_too_old(layer: Path) -> None:
    with pytest.raises(ImageError, match=r"lightgbm needs glibc 2\.\d+, and the base image `slim` has glibc 2\.5"):
        libraries.lacking([layer / LIGHTGBM], layer, replace(BASE, glibc=(2, 5)))
    with pytest.raises(ImageError, match="GLIBCXX"):
        libraries.lacking([layer / LIGHTGBM], layer, replace(BASE, versions=frozenset({"GLIBCXX_3.4"})))


def test_only_what_is_loaded_is_looked_at(layer: Path) -> None:
    assert libraries.loaded(layer, {LIGHTGBM}) == [layer / LIGHTGBM]
    assert libraries.loaded(layer, {"lightgbm/lib/lib_lightgbm.dylib"}) == [layer / LIGHTGBM], "traced on a Mac"
    assert libraries.loaded(layer, {"lightgbm/__init__.py"}) == []
    assert libraries.loaded(layer, {"other/__init__.py"}) == [layer / LIGHTGBM], "the trace says nothing of lightgbm"


def test_bases() -> None:
    assert default_base("3.13.1") == "python:3.13-slim"
    check_python(BASE, "3.11.2")
    with pytest.raises(ImageError, match=r"has Python 3\.11\.9, and the notebook runs in Python 3\.12") as caught:
        check_python(BASE, "3.12.1")
    assert "python:3.12-slim" in caught.value.remedy
    with pytest.raises(ImageError, match="no glibc"):
        from_facts("alpine", "sha256:0", None, {"libc": ["", ""]})
