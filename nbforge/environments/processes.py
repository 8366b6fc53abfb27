"""Whether the process that left something behind is still at it."""

from __future__ import annotations

import os


def alive(pid: int) -> bool:
    """Whether a process of this number runs, also one of another user."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
