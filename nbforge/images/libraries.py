"""Shared libraries that wheels need and the base lacks: found, checked, and brought along with their origin."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from nbforge.environments import tracing
from nbforge.errors import ImageError
from nbforge.images import elf
from nbforge.images.base import Base

# Parts of the C library and the loader: every base with glibc has them, and no other may be put beside them.
_LOADER: Final = re.compile(r"^(ld-linux.*|linux-vdso|lib(c|m|dl|pthread|rt|util|resolv|anl|nsl|crypt))\.so")
_FOLDERS: Final = ("/lib", "/usr/lib", "/lib64", "/usr/lib64", "/usr/local/lib")


@dataclass(frozen=True, slots=True)
class Library:
    """A library brought along. ``package`` is the Debian or RPM package that it is from, as ``name version``."""

    name: str
    sha256: str
    package: str
    needed_by: str


@dataclass(frozen=True, slots=True)
class Lack:
    """A library that is in neither the layer nor the base, and the file that asks for it."""

    name: str
    asker: Path


def lacking(files: Iterable[Path], root: Path, base: Base) -> list[Lack]:
    """The libraries that some ELF files need and find neither among a layer's own files nor in the base.

    Args:
        files: shared libraries below ``root`` that the service loads.
        root: the layer's directory.
        base: the base.

    Raises:
        ImageError: a file asks for a newer C or C++ library than the base has.
    """
    own = {file.name for file in root.rglob("*.so*")}
    found: dict[str, Lack] = {}
    for file in sorted(files):
        asked = elf.needs(file)
        _check_versions(asked, file, root, base)
        for name in asked.libraries:
            if name not in base.libraries and name not in own and not _LOADER.match(name):
                found.setdefault(name, Lack(name, file))
    return [found[name] for name in sorted(found)]


def bring(lacks: Iterable[Lack], root: Path, base: Base, target: Path, machine: str) -> tuple[Library, ...]:
    """Copy what is lacking, and what that needs in turn, from this machine into ``target``, each with its licence.

    Args:
        lacks: as :func:`lacking` found them.
        root: the layer's directory, for the names in messages.
        base: the base.
        target: an empty directory.
        machine: this machine's architecture.

    Raises:
        ImageError: names the library and the distribution that needs it.
    """
    brought: dict[str, Library] = {}
    waiting = [(lack, owner_of(lack.asker, root)) for lack in lacks]
    while waiting:
        lack, distribution = waiting.pop(0)
        if lack.name in brought:
            continue
        source = _on_host(lack.name) if machine == base.machine else None
        package = _package_of(source) if source else None
        if source is None or package is None:
            raise _not_found(lack.name, distribution, base)
        asked = elf.needs(source)
        _check_versions(asked, source, source.parent, base)
        shutil.copyfile(source, target / lack.name)
        _copy_licence(package, target)
        digest = hashlib.sha256(source.read_bytes()).hexdigest()
        brought[lack.name] = Library(lack.name, digest, package, distribution)
        waiting += [
            (Lack(name, source), distribution)
            for name in asked.libraries
            if name not in base.libraries and not _LOADER.match(name)
        ]
    return tuple(brought[name] for name in sorted(brought))


def as_json(libraries: Iterable[Library]) -> list[Mapping[str, str]]:
    """For the image's labels and for people."""
    return [asdict(library) for library in libraries]


def owner_of(file: Path, root: Path) -> str:
    """The distribution that a file of a site directory belongs to, by the RECORDs there; else its top folder."""
    if not file.is_relative_to(root):
        return file.name
    name = file.relative_to(root).as_posix()
    for record in sorted(root.glob("*.dist-info/RECORD")):
        if f"\n{name}," in "\n" + record.read_text("utf-8"):
            return tracing.normalised(record.parent.name.split("-")[0])
    return name.partition("/")[0]


def _check_versions(asked: elf.Needs, file: Path, root: Path, base: Base) -> None:
    newest = max((_number(v) for v in asked.versions if re.fullmatch(r"GLIBC_[0-9.]+", v)), default=(0, 0))
    cxx = {v for v in asked.versions if v.startswith(("GLIBCXX_", "CXXABI_")) and re.search(r"_[0-9]", v)}
    absent = sorted(cxx - base.versions) if "libstdc++.so.6" in base.libraries else []
    if newest[:2] > base.glibc or absent:
        wanted = absent[-1] if absent else f"glibc {newest[0]}.{newest[1]}"
        raise ImageError(
            f"`{file.name}` of {owner_of(file, root)} needs {wanted}, and the base image `{base.ref}` has glibc "
            f"{base.glibc[0]}.{base.glibc[1]}",
            remedy="Take a newer base with --base.",
            code="base-too-old",
            name=file.name,
        )


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.removeprefix("GLIBC_").split(".") if part)


def _on_host(name: str) -> Path | None:
    """Where this machine's loader would find a library."""
    for tool in ("ldconfig", "/sbin/ldconfig", "/usr/sbin/ldconfig"):
        if shutil.which(tool):
            listed = subprocess.run([tool, "-p"], capture_output=True, text=True, check=False).stdout
            for line in listed.splitlines():
                found, _, path = line.partition("=>")
                if found.split()[:1] == [name]:
                    return Path(path.strip())
            break
    return next((Path(folder, name) for folder in _FOLDERS if Path(folder, name).is_file()), None)


def _package_of(file: Path) -> str | None:
    """``libgomp1 12.2.0-14`` of the package that owns a file of this machine; the same file may be registered by an
    older path.
    """
    for path in {file, file.resolve(), Path("/usr" + str(file)), Path(str(file.resolve()).removeprefix("/usr"))}:
        for command in (["dpkg-query", "-S", str(path)], ["rpm", "-qf", "--qf", "%{NAME}:", str(path)]):
            if shutil.which(command[0]):
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                if done.returncode == 0:
                    name = done.stdout.split(":")[0].strip()
                    return f"{name} {_package_version(name, command[0])}"
    return None


def _package_version(name: str, tool: str) -> str:
    query = (
        ["dpkg-query", "-W", "-f", "${Version}\n", name]
        if tool == "dpkg-query"
        else ["rpm", "-q", "--qf", "%{VERSION}\n", name]
    )
    done = subprocess.run(query, capture_output=True, text=True, check=False)
    return done.stdout.splitlines()[0] if done.stdout else "unknown"


def _copy_licence(package: str, target: Path) -> None:
    name = package.split(maxsplit=1)[0]
    folder = Path("/usr/share/doc", name)
    sources = [folder / "copyright", *sorted(Path("/usr/share/licenses", name).glob("*"))]
    found = [file for file in sources if file.is_file()]
    if not found:
        raise ImageError(
            f"the licence of {name} is not on this machine, so its library may not be put into an image",
            remedy=f"Install {name} with its documentation, or take a base that has the library.",
            code="library-licence",
            name=name,
        )
    licences = target / "licences"
    licences.mkdir(exist_ok=True)
    for file in found:
        shutil.copyfile(file, licences / f"{name}-{file.name}.txt")


def _not_found(name: str, distribution: str, base: Base) -> ImageError:
    return ImageError(
        f"{distribution} needs the shared library {name}, which is neither in the base `{base.ref}` nor here",
        remedy=f"Install the package with {name} on this machine, or take a base that has it with --base.",
        code="library-missing",
        name=name,
    )


def loaded(root: Path, used: Collection[str]) -> list[Path]:
    """The shared libraries of a layer that the service loads: those seen, and all of packages that the trace does not
    speak of.

    Compared without what follows the first dot of the file's name, which differs between platforms
    (``_lib.cpython-311-darwin.so``, ``lib_lightgbm.dylib``).
    """
    seen = {_stem(name) for name in used}
    tops = {name.partition("/")[0] for name in used}
    files = [file for file in sorted(root.rglob("*.so*")) if elf.is_elf(file)]
    return [
        file
        for file in files
        for name in [file.relative_to(root).as_posix()]
        if _stem(name) in seen or name.partition("/")[0] not in tops
    ]


def _stem(name: str) -> str:
    folder, _, file = name.rpartition("/")
    return f"{folder}/{file.partition('.')[0]}"
