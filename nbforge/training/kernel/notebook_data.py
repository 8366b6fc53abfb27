"""What of a finished notebook is data, which no service carries, and what its code may be written down with."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .alignment import MOST_ITEMS, Rows, is_pandas
from .lookups import lookups
from .program import summarises, tainted
from .rawframe import RawFrame
from .sources import Place, Sources
from .walk import Walker, holds_all, holds_rows

if TYPE_CHECKING:
    from .session import Session


class NotebookData:
    """The notebook's data beside ``raw``, the rows that clients send; artifacts go into ``directory``."""

    def __init__(self, session: Session, directory: Path) -> None:
        self.session, self.directory = session, directory
        self.plan = session.plan
        self.files: dict[str, Place] = dict(session.files)
        self.raw: RawFrame | None = session.raw or session.example()
        self.origins: Mapping[str, int] = {}
        self.tainted = tainted(session.steps, self.plan["data_names"])[0]

    def _walker(self) -> Walker:
        cells = self.plan["cells"]
        sources = Sources(cells, self.files)
        return Walker(self.session.namespace, sources, self.directory / "artifacts", self._origin, self._is_data)

    def _origin(self, name: str) -> Place | None:
        if name in self.origins:
            return (self.session.notebook, self.origins[name])
        step = next((step for step in reversed(self.session.steps) if name in step.binds), None)
        return (self.session.notebook, step.cell) if step is not None else None

    def _is_data(self, name: str, value: Any) -> bool:
        """Of the raw frame that a request has rows of, or of the one that the data cell binds."""
        known = [raw.value for raw in (self.raw, self.session.raw) if raw is not None]
        if name in self.lookups:
            return any(value is raw for raw in known)
        if any(holds_all(value, rows) for rows in self.beside):
            return True
        if name in self.tainted and summarises(self.tainted[name].tree):
            return any(value is raw for raw in known)
        bound = name in self.tainted or name in self.plan["data_names"]
        return any((bound or value is raw) and holds_rows(value, Rows(raw)) for raw in known)

    @functools.cached_property
    def lookups(self) -> frozenset[str]:
        """What the service looks up for a row in tables of the data cells, and what was made of these."""
        raw = self.raw.name if self.raw is not None else None
        return lookups(self.session.steps, self.plan["data_names"], raw, self.session.recorder)

    @functools.cached_property
    def beside(self) -> list[Rows]:
        """The other tables of the data cells, such as a competition's ``train`` beside ``test``."""
        own = [name for name in self.plan["data_names"] if name not in self.lookups]
        loaded = (self.session.namespace.get(name) for name in own)
        tables = [Rows(table) for table in loaded if is_pandas(table, "DataFrame")]
        count = len(self.raw.value) if self.raw is not None else 0
        return [rows for rows in tables if rows.count >= MOST_ITEMS and rows.count != count]
