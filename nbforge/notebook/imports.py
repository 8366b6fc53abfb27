"""Import statements, and what ``from module import *`` binds."""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from nbforge.notebook.environ import Environ
from nbforge.notebook.modules import Modules, file_of
from nbforge.notebook.purity import is_stdlib
from nbforge.notebook.regions import EMPTY, Value
from nbforge.notebook.surroundings import PLANTED

_DEPTH = 4


class Imports(Modules, Environ):
    """Evaluation of imports."""

    def _do_import(self, node: ast.Import) -> None:
        """``import a.b``, ``import a.b as c``."""
        self.effects.kind = "import"
        for alias in node.names:
            self._imported(alias.name)
            head = alias.name.split(".")[0]
            if alias.asname:
                self.bind(alias.asname, self.module(alias.name))
                continue
            self.bind(head, self.module(head))
            parts = alias.name.split(".")
            for length in range(2, len(parts) + 1):
                path = ".".join(parts[:length])
                self.submodules.add(path)
                self.touch(f"<module {path}>")

    def _do_importfrom(self, node: ast.ImportFrom) -> None:
        """``from a import b as c``, ``from a import *``."""
        self.effects.kind = "import"
        module = self.absolute(node)
        self._imported(module)
        if module == "__future__" and not self.importing:  # a module's own holds for that module
            self.sets(module)
        for alias in node.names:
            if alias.name == "*":
                self._star(module)
            else:
                self.bind(alias.asname or alias.name, self._member(module, alias.name))

    def _member(self, module: str, name: str) -> Value:
        if not module:
            return self.module(name)
        frame = self.project_module(module)
        if frame is not None and name in frame.local:
            return frame.names.get(name, EMPTY)
        if self.project_module(f"{module}.{name}") is not None:
            return self.module(f"{module}.{name}")
        return self.external(f"{module}.{name}")

    def _imported(self, module: str) -> None:
        if module.startswith(tuple(self.tables.words.get("settings_modules", ()))):
            self.sets(module)
        if self.set_so_far:
            self.effects.touches.add(module.partition(".")[0])
        self.use_hidden(PLANTED)
        self.reads(f"{module.rsplit('.', maxsplit=1)[-1]}.py")
        self.effects.uses.pop("<file *>", None)
        if not self.tables.knows(module) and not is_stdlib(module):
            self.ask_variable()
        parts = module.split(".")
        for length in range(1, len(parts) + 1):
            self.project_module(".".join(parts[:length]))

    def _star(self, module: str) -> None:
        names = public_names(module, self.folders)
        if names is None:
            self.effects.binds_anything = f"`from {module} import *`"
            self.module(module)
            return
        with self.maybe():
            for name in sorted(names):
                self.bind_global(name, self._member(module, name))


def public_names(module: str, folders: Sequence[Path]) -> frozenset[str] | None:
    """What ``from module import *`` binds, read from its source without running it; ``None`` where it does not say."""
    return _public(module, tuple(folders), _DEPTH)


@cache
def _public(module: str, folders: tuple[Path, ...], depth: int) -> frozenset[str] | None:
    if module in sys.builtin_module_names or depth == 0:
        return _builtin(module) if depth else None
    file = _source_of(module, folders)
    if file is None:
        return _builtin(module) if module in sys.stdlib_module_names else None
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError):
        return None
    listed = _listed(tree)
    if listed is not None:
        return listed
    return _bound(tree, module, folders, depth)


def _builtin(module: str) -> frozenset[str]:
    """The public names of a module of the standard library that has no source, such as ``math``."""
    import importlib

    found = importlib.import_module(module)
    return frozenset(getattr(found, "__all__", None) or (name for name in vars(found) if not name.startswith("_")))


def _source_of(module: str, folders: tuple[Path, ...]) -> Path | None:
    return file_of(module, (*folders, *(Path(entry) for entry in sys.path if entry)))


def _listed(tree: ast.Module) -> frozenset[str] | None:
    """A literal ``__all__``."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                try:
                    return frozenset(str(name) for name in ast.literal_eval(value))
                except ValueError:
                    return None
    return None


def _bound(tree: ast.Module, module: str, folders: tuple[Path, ...], depth: int) -> frozenset[str] | None:
    from nbforge.notebook.scope import bindings, walk_body

    names: set[str] = set()
    for child in walk_body(tree.body):
        bound = bindings(child)
        if "__all__" in bound or (isinstance(child, ast.AugAssign) and ast.unparse(child.target) == "__all__"):
            return None  # computed
        names |= bound
        if isinstance(child, ast.ImportFrom) and child.names[0].name == "*":
            package = module.rsplit(".", child.level)[0] if child.level else ""
            inner = _public(f"{package}.{child.module}".strip("."), folders, depth - 1)
            if inner is None:
                return None
            names |= inner
    return frozenset(name for name in names if not name.startswith("_"))
