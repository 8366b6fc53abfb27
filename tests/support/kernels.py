"""A bench for runs in real kernels: a folder with notebooks given as lists of cells, a cache, and who heard what."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from nbforge.training.cache import RunCache
from nbforge.training.execute import run
from nbforge.training.options import NullProgress, RunOptions
from nbforge.values import Cell, CellSlice, EntryPoint, Environment, Notebook, Run, Slice


@dataclass
class Recorded(NullProgress):
    """Remembers which cells really ran."""

    cells: list[tuple[str, int]] = field(default_factory=list)
    stages: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def stage(self, message: str) -> None:
        self.stages.append(message)

    def cell_started(self, notebook: str, index: int, position: int, total: int) -> None:
        self.cells.append((notebook, index))

    def cell_failed(self, notebook: str, index: int, message: str) -> None:
        self.failed.append(message)


@dataclass
class Bench:
    """A folder with notebooks, a cache, and ``run``."""

    folder: Path
    overlay: Path
    cache: RunCache
    progress: Recorded = field(default_factory=Recorded)
    python: Path = Path(sys.executable)
    options: RunOptions = field(default_factory=RunOptions)

    def run(self, *notebooks: list[str], stage: bool = False) -> Run:
        """Run notebooks given as cells, ``"tag,tag: source"``; what ran is in ``progress``."""
        self.progress = Recorded()
        environment = Environment(self.python, "3.11", "fingerprint", "active")
        slice_ = self.slice(*notebooks, stage=stage)
        return run(slice_, environment, self.overlay, self.options, self.cache, self.progress)

    def slice(self, *notebooks: list[str], stage: bool = False) -> Slice:
        read, cells = [], []
        for number, sources in enumerate(notebooks):
            path = self.folder / f"book{number}.ipynb"
            parts = [_parse(text) for text in sources]
            document = nbformat.v4.new_notebook()  # type: ignore[no-untyped-call]
            document.cells = [_code_cell(source, f"c{i}") for i, (_, source) in enumerate(parts)]
            nbformat.write(document, path)  # type: ignore[no-untyped-call]
            all_cells = tuple(
                Cell(number, i, "code", source, roles=frozenset(roles)) for i, (roles, source) in enumerate(parts)
            )
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            read.append(Notebook(path, digest, path.stem, all_cells, stage=stage))
            cells += [_sliced(cell) for cell in all_cells]
        predict = [cell for cell in cells if "predict" in cell.roles]
        entry = EntryPoint(predict[0].notebook, predict[0].index, "expression") if predict else None
        return Slice(tuple(read), tuple(cells), entry)

    @property
    def ran(self) -> list[int]:
        return [index for _, index in self.progress.cells]


def _parse(text: str) -> tuple[set[str], str]:
    head, separator, source = text.partition(": ")
    roles = set(head.split(","))
    known = {"predict", "test", "out", "train", "raises-exception", "validate", "example"}
    return (roles, source) if separator and roles <= known else (set(), text)


def _sliced(cell: Cell) -> CellSlice:
    serving = cell.roles & {"predict", "validate", "example", "test"}
    lines = tuple(range(1, cell.source.count("\n") + 2))
    return CellSlice(
        notebook=cell.notebook,
        index=cell.index,
        tags=(),
        roles=cell.roles,
        included="out" not in cell.roles,
        reason="",
        phase="serving" if serving else "training",
        source=cell.source,
        code=cell.source,
        lines=lines,
    )


def _code_cell(source: str, identifier: str) -> object:
    return nbformat.v4.new_code_cell(source, id=identifier)  # type: ignore[no-untyped-call]
