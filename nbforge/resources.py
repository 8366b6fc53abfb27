"""Files that ship with nbforge beside its code: the service's templates and the CI step."""

from __future__ import annotations

from pathlib import Path

from nbforge.errors import NbforgeError

_PACKAGE = Path(__file__).resolve().parent


def path(name: str) -> Path:
    """The directory ``service_templates`` or ``ci``, in a checkout as in an installed wheel.

    Args:
        name: the directory's name at the top of the checkout.

    Raises:
        NbforgeError: the installation is incomplete.
    """
    for candidate in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise NbforgeError(
        f"this installation of nbforge lacks its `{name}` directory",
        remedy="Install nbforge again from where it came.",
        code="incomplete-installation",
        name=name,
    )
