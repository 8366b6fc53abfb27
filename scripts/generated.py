"""Pages of docs/reference that are made from the code: written, or with ``--check`` compared."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path


def main(page: Path, render: Callable[[], str], arguments: Sequence[str]) -> int:
    """Write the page, or compare it; 1 where it is out of date."""
    text = render()
    if list(arguments) == ["--check"]:
        if page.is_file() and page.read_text(encoding="utf-8") == text:
            return 0
        print(f"{page} is out of date: run `make docs`.", file=sys.stderr)
        return 1
    page.write_text(text, encoding="utf-8")
    return 0
