"""Modules of the user's own project: read like the notebook itself, so that their functions are seen through."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from nbforge.notebook.machine import Machine
from nbforge.notebook.regions import Frame
from nbforge.notebook.scope import bindings, walk_body

_LARGEST = 500_000  # characters; what is longer was not written for one notebook


class Modules(Machine):
    """Evaluation of modules. ``folders``: where those of the user's project are."""

    folders: tuple[Path, ...] = ()

    def __init__(self) -> None:
        super().__init__()
        self.sources: dict[str, Frame | None] = {}
        self.importing: list[str] = []
        self.trees: list[ast.Module] = []  # kept: what is known of nodes is found by their identity

    def run_body(self, body: list[ast.stmt]) -> None:
        """Run statements in the frame at hand."""
        raise NotImplementedError

    def in_project(self, module: str) -> bool:
        """Whether the top-level ``module`` is the user's own code."""
        return f"{module}.py" in self.written or file_of(module, self.folders) is not None

    def project_module(self, dotted: str) -> Frame | None:
        """The names of a module of the project; ``None`` where it is none, or cannot be seen through."""
        if dotted not in self.sources:
            file = file_of(dotted, self.folders)
            tree = _read(file) if file is not None and file.name not in self.written else None
            self.sources[dotted] = self._run_module(dotted, tree) if tree is not None else None
        return self.sources[dotted]

    def seen_through(self, module: str) -> bool:
        """Whether ``module`` is one of the project whose source was read."""
        return self.sources.get(module) is not None

    def _run_module(self, dotted: str, tree: ast.Module) -> Frame:
        local = frozenset(name for child in walk_body(tree.body) for name in bindings(child))
        frame = self.sources[dotted] = Frame(local=local | _declared(tree), module=self.module(dotted))
        outer, self.frame = self.frame, frame
        self.importing.append(dotted)
        self.trees.append(tree)
        self.run_body(tree.body)
        self.importing.pop()
        self.frame = outer
        for name, value in frame.names.items():
            self.keep_in_module(frame, name, value)
        return frame

    def absolute(self, node: ast.ImportFrom) -> str:
        """The dotted name of the module that ``node`` imports from."""
        module = node.module or ""
        if not node.level or not self.importing:
            return module
        file = file_of(self.importing[-1], self.folders)
        package = file is not None and file.name == "__init__.py"
        parts = self.importing[-1].split(".")
        kept = parts[: len(parts) - node.level + package]
        return ".".join([*kept, module] if module else kept)


@cache
def file_of(module: str, folders: tuple[Path, ...]) -> Path | None:
    """The source of a module in one of ``folders``."""
    relative = Path(*module.split("."))
    for folder in folders:
        for candidate in (folder / relative / "__init__.py", folder / f"{relative}.py"):
            if candidate.is_file():
                return candidate
    return None


def _read(file: Path) -> ast.Module | None:
    """The module as a tree, if it can be seen through."""
    try:
        text = file.read_text(encoding="utf-8")
        tree = ast.parse(text)
    except (OSError, ValueError, SyntaxError, RecursionError):
        return None
    top = {id(node) for node in tree.body}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            star = any(alias.name == "*" for alias in node.names)
            if star or (node.level and id(node) not in top):
                return None
    return tree if len(text) <= _LARGEST else None


def _declared(tree: ast.Module) -> frozenset[str]:
    return frozenset(name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names)
