"""The user's pip settings, read as pip reads them: files in its order, then ``PIP_*``, which win."""

from __future__ import annotations

import configparser
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_SECTIONS: Final = ("global", "install")


def read(environ: Mapping[str, str], prefix: Path) -> dict[str, str]:
    """Every setting by its long option's name, such as ``{"index-url": "https://..."}``; an unreadable file counts as
    absent.

    Args:
        environ: the process's environment variables.
        prefix: the virtual environment whose ``pip.conf`` counts.
    """
    found: dict[str, str] = {}
    for file in _files(environ, prefix):
        found |= _parse(file)
    for name, text in environ.items():
        if name.startswith("PIP_") and name != "PIP_CONFIG_FILE":
            found[name.removeprefix("PIP_").lower().replace("_", "-")] = text
    return {name: text.strip() for name, text in found.items() if text.strip()}


def _files(environ: Mapping[str, str], prefix: Path) -> list[Path]:
    """Pip's configuration files, lowest precedence first; ``PIP_CONFIG_FILE=/dev/null`` switches all of them off."""
    named = environ.get("PIP_CONFIG_FILE", "")
    if named == os.devnull:
        return []
    home = Path(environ.get("HOME") or Path.home())
    if sys.platform == "darwin":
        shared = [Path("/Library/Application Support/pip/pip.conf")]
        own = home / "Library/Application Support/pip/pip.conf"
        user = own if own.parent.is_dir() else home / ".config/pip/pip.conf"
    else:
        directories = environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
        shared = [Path(folder, "pip/pip.conf") for folder in reversed(directories.split(":")) if folder]
        shared.append(Path("/etc/pip.conf"))
        user = Path(environ.get("XDG_CONFIG_HOME") or home / ".config", "pip/pip.conf")
    files = [*shared, home / ".pip/pip.conf", user, prefix / "pip.conf"]
    return [*files, Path(named)] if named else files


def _parse(file: Path) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, configparser.Error):
        return {}
    return {
        name.replace("_", "-"): text
        for section in _SECTIONS
        if parser.has_section(section)
        for name, text in parser.items(section)
    }
