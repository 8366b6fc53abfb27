"""What an ELF file needs, read from the file itself."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_MAGIC = b"\x7fELF"


@dataclass(frozen=True, slots=True)
class Needs:
    """``libraries``: DT_NEEDED in order. ``search``: its run paths with ``$ORIGIN`` put in. ``versions``: symbol
    versions it asks for.
    """

    libraries: tuple[str, ...]
    search: tuple[Path, ...]
    versions: frozenset[str]


def is_elf(file: Path) -> bool:
    """Whether a file is an ELF file, by its first bytes."""
    if ".so" not in file.name or not file.is_file():
        return False
    with file.open("rb") as stream:
        return stream.read(4) == _MAGIC


def needs(file: Path) -> Needs:
    """Read the dynamic section of a shared library; one without (a static file) needs nothing."""
    from elftools.elf.dynamic import DynamicSection
    from elftools.elf.elffile import ELFFile
    from elftools.elf.gnuversions import GNUVerNeedSection

    libraries: list[str] = []
    search: list[Path] = []
    versions: set[str] = set()
    with file.open("rb") as stream:
        for section in ELFFile(stream).iter_sections():
            if isinstance(section, DynamicSection):
                for tag in section.iter_tags():
                    if tag.entry.d_tag == "DT_NEEDED":
                        libraries.append(str(getattr(tag, "needed")))  # noqa: B009 - pyelftools sets it by the tag's name
                    elif tag.entry.d_tag in ("DT_RPATH", "DT_RUNPATH"):
                        text = str(getattr(tag, "rpath", "") or getattr(tag, "runpath", ""))
                        search += [_placed(entry, file) for entry in text.split(":") if entry]
            elif isinstance(section, GNUVerNeedSection):
                versions |= {each.name for _needed, auxiliaries in section.iter_versions() for each in auxiliaries}
    return Needs(tuple(libraries), tuple(search), frozenset(versions))


def _placed(entry: str, file: Path) -> Path:
    origin = os.fspath(file.parent)
    return Path(os.path.normpath(entry.replace("${ORIGIN}", origin).replace("$ORIGIN", origin)))
