"""A notebook as suggestions look at it: its statements with where each name that one reads comes from."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from nbforge.notebook import stage
from nbforge.notebook.flow import Flow, Step, trace
from nbforge.notebook.suggestions import words
from nbforge.values import Cell, Notebook

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(slots=True)
class Story:
    """The statements of the code cells that parse, in order.

    ``rows``: positions of the statements that hold rows which were loaded, or something made of them.
    """

    notebook: Notebook
    flow: Flow
    functions: dict[str, Function] = field(default_factory=dict)
    rows: set[int] = field(default_factory=set)

    @property
    def steps(self) -> list[Step]:
        """The statements."""
        return self.flow.steps

    def node(self, at: int) -> ast.stmt:
        """The statement at a position."""
        piece = self.steps[at].piece
        assert piece is not None  # noqa: S101 - only calls that slicing adds have none
        return piece.node

    def cell(self, at: int) -> Cell:
        """The cell of a statement."""
        return self.notebook.cells[self.steps[at].cell]

    def of_cell(self, index: int) -> list[int]:
        """The positions of a cell's statements."""
        return self.flow.of_cell(index)

    def last_of(self, index: int) -> ast.stmt | None:
        """The last statement of a cell."""
        source = self.flow.cells.get(index)
        return source.pieces[-1].node if source is not None and source.pieces else None

    def maker(self, at: int, name: str) -> int | None:
        """The statement that made ``name`` what the statement at ``at`` finds."""
        return self.steps[at].sources.get(name)

    def final(self, name: str) -> int | None:
        """The last statement that binds or changes ``name``."""
        touching = (
            at
            for at in reversed(range(len(self.steps)))
            if name
            in self.steps[at].effects.defines | self.steps[at].effects.may_define | self.steps[at].effects.updates
        )
        return next(touching, None)

    def binder(self, at: int, name: str) -> int | None:
        """The statement that binds ``name`` as the statement at ``at`` finds it; changes in place are passed over."""
        seen: set[int] = set()
        maker = self.maker(at, name)
        while maker is not None and maker not in seen:
            seen.add(maker)
            if name in self.steps[maker].effects.defines:
                return maker
            maker = self.steps[maker].before.get(name)
        return None

    def bound_to(self, at: int, name: str) -> ast.expr | None:
        """The expression that ``name`` was bound to, as the statement at ``at`` finds it."""
        binder = self.binder(at, name)
        match self.node(binder) if binder is not None else None:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                return value
            case ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value) if target == name:
                return value
        return None

    def code_cells(self) -> Iterator[Cell]:
        """The cells that have statements."""
        yield from (cell for cell in self.notebook.cells if self.last_of(cell.index) is not None)


def read(notebook: Notebook) -> Story:
    """Trace a notebook."""
    code = [cell for cell in notebook.cells if cell.kind == "code"]
    running = [cell.index for cell in code if not cell.roles & {"skip", "raises-exception"}]
    story = Story(notebook, trace(code, stage.project_folders(notebook.path), running))
    for at, step in enumerate(story.steps):
        node = story.node(at)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            story.functions[node.name] = node
        elif _loads(node, story.functions) or _carries(story, step):
            story.rows.add(at)
    return story


def _loads(node: ast.AST, functions: dict[str, Function]) -> bool:
    inner = [functions[words.called(call)] for call in words.calls(node) if words.called(call) in functions]
    bodies = [child for function in inner for child in ast.walk(function)]
    return any(words.is_load(call) for call in (*words.calls(node), *bodies))


def _carries(story: Story, step: Step) -> bool:
    before = (step.before.get(name) for name in step.effects.updates)
    return any(source in story.rows for source in (*step.sources.values(), *before) if source is not None)
