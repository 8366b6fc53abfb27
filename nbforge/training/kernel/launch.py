"""Starts the kernel. Run as a script by the host, in the training environment::

    python <overlay>/nbforge/training/kernel/launch.py SETTINGS.json -f CONNECTION_FILE

The overlay comes last on ``sys.path``, so the user's own skops or pandas win; but the package ``nbforge`` itself is
taken from the overlay even where the environment has another one. Lineage is installed before any of the user's code
runs.
"""

from __future__ import annotations

import json
import os
import sys

NO_IPYKERNEL = 97
"""Exit status that tells the host that the environment has no ipykernel."""


def main() -> None:
    """Settle the import path, install the lineage hooks, hand over to ipykernel."""
    kernel_directory = os.path.dirname(os.path.abspath(__file__))
    overlay = os.path.dirname(os.path.dirname(os.path.dirname(kernel_directory)))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != kernel_directory]
    sys.path.insert(0, overlay)
    from nbforge.training.kernel import lineage

    sys.path.remove(overlay)
    sys.path.append(overlay)

    with open(sys.argv[1], encoding="utf-8") as file:
        settings = json.load(file)
    del sys.argv[1]
    try:
        from ipykernel import kernelapp
    except ModuleNotFoundError as error:
        sys.stderr.write(f"nbforge: {error}\n")
        raise SystemExit(NO_IPYKERNEL) from None
    lineage.install(ignore=settings["ignore"], keep=settings["keep"])
    kernelapp.launch_new_instance()


if __name__ == "__main__":
    main()
