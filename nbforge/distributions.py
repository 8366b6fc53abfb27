"""Which distribution provides a module; the facts are in ``distributions.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path


def providing(module: str) -> str | None:
    """The distribution that provides a module, where its name is another; ``None`` where the table does not say."""
    return _nearest("distributions", module)


def place_of(module: str) -> str | None:
    """The only place that has a module, such as Google Colab."""
    return _nearest("places", module)


def _nearest(table: str, module: str) -> str | None:
    names = module
    while names:
        if found := _tables()[table].get(names):
            return found
        names = names.rpartition(".")[0]
    return None


@cache
def _tables() -> dict[str, dict[str, str]]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
