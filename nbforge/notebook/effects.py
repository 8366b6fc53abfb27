"""What a statement does to names."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field


@dataclass(slots=True)
class Part:
    """What one statement inside of another does itself, without those inside of it.

    ``reads`` and ``writes`` are names, hidden ones too; ``presumed`` is as in :class:`Effects`; ``sets`` says that it
    sets something that other code may depend on.
    """

    reads: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)
    presumed: dict[str, ast.Call] = field(default_factory=dict)
    sets: bool = False


@dataclass(slots=True)
class Effects:
    """What one top-level statement does to names. Hidden state has names in angle brackets, such as ``<random numpy>``.

    ``uses`` says for each name whether it is read for certain; ``presumed``, for each name that a call of unknown
    effect is taken to leave alone, the call; ``unbinds`` are names that it may delete. ``settings`` are the libraries
    of which it sets something that their code may depend on, ``touches`` those whose objects it reads after something
    was set. ``opaque`` is why everything has to be taken as touched. ``parts``: what its statements do, those inside of
    it too, by their identities.
    """

    kind: str = "statement"
    defines: set[str] = field(default_factory=set)
    may_define: set[str] = field(default_factory=set)
    updates: set[str] = field(default_factory=set)
    presumed: dict[str, ast.Call] = field(default_factory=dict)
    unbinds: set[str] = field(default_factory=set)
    uses: dict[str, bool] = field(default_factory=dict)
    settings: set[str] = field(default_factory=set)
    touches: set[str] = field(default_factory=set)
    opaque: str = ""
    binds_anything: str = ""
    history: bool = False
    parts: dict[int, Part] = field(default_factory=dict)
