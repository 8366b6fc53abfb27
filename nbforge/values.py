"""The values that pass from stage to stage. Frozen; a file is a path with its sha256; nothing holds an open handle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

Json = Any
"""A JSON value as :mod:`json` reads it."""

Phase = Literal["training", "serving"]
"""``training``: what a finished run keeps. ``serving``: predict, validate, example and test cells, run on its state."""


@dataclass(frozen=True, slots=True)
class File:
    """A file as it was read."""

    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. ``roles`` are what its tags and its ``# nbforge:`` comment mean to a build."""

    notebook: int
    index: int
    kind: Literal["code", "markdown", "raw"]
    source: str
    tags: tuple[str, ...] = ()
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Notebook:
    """An ``.ipynb`` as read. ``stage`` is true for a nachlass notebook (it dumps a pipeline stage)."""

    path: Path
    sha256: str
    name: str
    cells: tuple[Cell, ...]
    kernel: str | None = None
    language: str = "python"
    stage: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """A top-level statement of a sliced cell; its lines are those of ``CellSlice.source`` after IPython's transform.

    ``defines``: names bound for certain; ``may_define``: names bound on some path; ``updates``: names whose value may
    be mutated; ``uses``: names read (functions called are seen through). Lines are 1-based, inclusive. ``beside``: it
    runs, but is no part of the slice (see :mod:`nbforge.notebook.beside`). ``shows``: of a function, what its
    statements show, as source with the line of the statement below the function's, the last first.
    """

    line: int
    end_line: int
    defines: tuple[str, ...] = ()
    may_define: tuple[str, ...] = ()
    updates: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    kind: str = "statement"  # "import", "function", "class", "expression", "assignment", "statement"
    beside: bool = False
    shows: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CellSlice:
    """What a build takes of one cell, and why.

    ``source`` is what the kernel executes (IPython syntax kept); ``lines`` gives for each of its lines the 1-based line
    of the notebook's cell, so that messages point at what the user sees. ``code`` is ``source`` after IPython's own
    transformation, line for line parsable by :func:`ast.parse`. ``kept``: which of the cell's top-level statements are
    in the slice, from 0; ``partly``: those of them of which only some of the statements inside are.
    """

    notebook: int
    index: int
    tags: tuple[str, ...]
    roles: frozenset[str]
    included: bool
    reason: str
    phase: Phase = "training"
    source: str = ""
    code: str = ""
    lines: tuple[int, ...] = ()
    statements: tuple[Statement, ...] = ()
    kept: tuple[int, ...] = ()
    partly: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """A ``call`` in a ``cell`` that does not run, of a function that the predict cell gives; ``code`` binds what the
    call reads besides what the slice binds.
    """

    cell: int
    code: str
    call: str


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """Where scoring starts: the predict cell, and what its last statement is.

    ``last`` is ``"def"`` (``name`` is the function), ``"expression"`` (``name`` set when it is a bare name; ``call``
    set to the function's name when it is a call of a ``def`` in the same cell) or ``"assignment"`` (``name`` is the
    first target). ``receiver``: the source of what ``.predict`` is called on, where the statement is such a call.
    ``attribute``: the statement only looks one up. ``earlier``: statements before it, the latest first, of which one is
    the entry point where it answers nothing. ``told``: what the cell shows, as source with the number of the statement,
    the last first. ``tried``: where the notebook calls the function in cells that do not run, in order.
    """

    notebook: int
    cell: int
    last: Literal["def", "expression", "assignment"]
    name: str | None = None
    call: str | None = None
    receiver: str | None = None
    attribute: bool = False
    earlier: tuple[EntryPoint, ...] = ()
    told: tuple[tuple[int, str], ...] = ()
    tried: tuple[Trial, ...] = ()


@dataclass(frozen=True, slots=True)
class Definition:
    """A function or class of the notebook, source as written (decorators and comments included)."""

    name: str
    notebook: int
    cell: int
    line: int
    source: str
    kind: Literal["function", "class"]


@dataclass(frozen=True, slots=True)
class Slice:
    """What training and scoring need of the notebooks.

    ``entry`` is ``None`` only for nachlass notebooks. ``data_names``: names bound by ``nbforge:data`` cells, in order
    of binding. ``metric_names``: names a ``pipeline-metrics`` cell evaluates to, when it is not a dict. ``caveats``:
    where the analysis had to be conservative, in sentences with their cell. ``definitions``: every def and class of
    every kept cell, also of cells of earlier notebooks. ``ordered``: the cells run in the notebook's order, whatever
    their phase.
    """

    notebooks: tuple[Notebook, ...]
    cells: tuple[CellSlice, ...]
    entry: EntryPoint | None
    data_names: tuple[str, ...] = ()
    metric_names: tuple[str, ...] = ()
    parameters: Mapping[str, Json] = field(default_factory=dict)
    definitions: tuple[Definition, ...] = ()
    caveats: tuple[str, ...] = ()
    statements_in: int = 0
    statements_out: int = 0
    ordered: bool = False

    def plan(self) -> dict[str, Json]:
        """The slice as JSON for the kernel (see docs/architecture.md, "plan")."""
        return json.loads(json.dumps(asdict(self), default=_jsonable))  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Link:
    """What one cell gives another. Cells are (notebook, index).

    ``names``: variables, imported names, files, or hidden state in words; ``kept``: they are a reason why a statement
    of ``source`` is in the slice.
    """

    source: tuple[int, int]
    target: tuple[int, int]
    kind: Literal["data", "import", "file", "state"]
    names: tuple[str, ...]
    kept: bool


@dataclass(frozen=True, slots=True)
class Explained:
    """A slice with the data flow that it comes from."""

    slice: Slice
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Environment:
    """A Python that runs something. ``fingerprint`` is a digest of interpreter and installed distributions."""

    python: Path
    version: str
    fingerprint: str
    origin: str  # "--python", "project", "active"


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run: a directory laid out as docs/architecture.md says, and what was captured from it."""

    directory: Path
    key: str
    reused: bool
    environment: Environment
    capture: Mapping[str, Json]
    timings: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A service on disk, not yet proven."""

    directory: Path
    name: str
    version: str
    manifest: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class VerifiedBundle:
    """A bundle whose proof passed. Only :func:`nbforge.bundle.verify.verify` makes one."""

    bundle: Bundle
    report: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of an image: a directory on the host and where it goes."""

    name: str
    source: Path
    target: str


@dataclass(frozen=True, slots=True)
class ImagePlan:
    """All that a builder needs; any builder builds it."""

    base: str
    layers: tuple[Layer, ...]
    environment: Mapping[str, str]
    labels: Mapping[str, str]
    user: str
    command: tuple[str, ...]
    healthcheck: tuple[str, ...]
    port: int = 8080
    workdir: str = "/service"


@dataclass(frozen=True, slots=True)
class Image:
    """An image in an engine, and in a registry once pushed."""

    ref: str
    id: str
    digest: str | None = None


def _jsonable(value: object) -> Json:
    if isinstance(value, frozenset | set):
        return sorted(value)
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"not JSON: {type(value).__name__}")
