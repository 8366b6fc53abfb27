"""Writes docs/reference/settings.md from the service's table; ``--check`` only says whether it is up to date."""

from __future__ import annotations

import sys
from pathlib import Path

from nbforge.runtime.settings import TABLE, Settings
from scripts import generated

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "settings.md"
_HEAD = """\
# Settings of a service

<!-- Written by scripts/settings_reference.py (`make docs`) from nbforge/runtime/settings.py: do not edit. -->

A service is configured by environment variables only. They are read once, at start; a wrong one stops the start with
exit code 2 and one message that names everything that is wrong. An empty variable counts as unset.

| variable | default | expects | meaning |
|---|---|---|---|
"""
_FOOT = """
Keys keep strangers out; they are compared in constant time, and several may hold at once: add the new one, move the
clients, remove the old one. `/health/live`, `/health/ready`, their likes under `/v2`, and the page's static files need
none. On the admin port nobody is asked for a key: leave that port to the cluster's own network.

TLS, authentication of users, rates for each client, and CORS belong to the gateway in front of the service.
"""


def render() -> str:
    """The page as Markdown."""
    defaults = Settings()
    rows = []
    for setting in TABLE:
        written = str(getattr(defaults, setting.field))
        default = f"`{written}`" if written else "unset"
        rows.append(f"| `{setting.variable}` | {default} | {setting.expects} | {setting.meaning} |\n")
    return _HEAD + "".join(rows) + _FOOT


if __name__ == "__main__":
    raise SystemExit(generated.main(PAGE, render, sys.argv[1:]))
