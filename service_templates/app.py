"""Starts this bundle's service. Settings are environment variables; ``--health`` asks a running service whether it is
ready.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from pathlib import Path

SERVICE = Path(__file__).resolve().parent


def main() -> int:
    """Serve the bundle that this file lies in, with the runtime that lies beside it and no other."""
    if not sys.argv[1:]:
        # The first process of a container has no default for it: a stop while the model is loaded would go unheard.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # Collections while everything is imported walk it again and again: a fifth of the start. The service turns them on.
    gc.disable()
    sys.path.insert(0, str(SERVICE))
    import nbforge

    if Path(nbforge.__file__).resolve().parent != SERVICE / "nbforge":
        print(f"nbforge: the runtime was imported from {nbforge.__file__}, not from this bundle.", file=sys.stderr)
        return 1
    from nbforge.runtime.cpus import size_pools, workers

    count = workers(os.environ)
    size_pools(os.environ, count)
    companion = None
    if count == 1 and not sys.argv[1:]:
        from nbforge.runtime.sentinel import Companion

        companion = Companion()  # now, while the process is small
    from nbforge.runtime.serving import main as serve

    return serve(SERVICE.parent, sys.argv[1:], companion)


if __name__ == "__main__":
    sys.exit(main())
