"""Modules of the user's own project that scoring imports: they are copied along, packages are not."""

from __future__ import annotations

import ast
import sys
import sysconfig
from pathlib import Path
from types import FunctionType, ModuleType

INSTALLED = tuple(
    Path(path).resolve()
    for path in {
        *(sysconfig.get_paths()[kind] for kind in ("stdlib", "purelib", "platlib")),
        str(Path(__file__).parents[2]),
    }
)


class Projects:
    """Collects project modules with the project modules that they import."""

    def __init__(self) -> None:
        self.files: dict[str, Path] = {}

    def add_named(self, name: str) -> None:
        """Add the module of this name, if one is imported; a name may also be that of a module's attribute."""
        module = sys.modules.get(name)
        if module is not None:
            self.add(module)

    def add(self, module: ModuleType) -> None:
        """Add a module of the project, the packages around it and what it imports; any other module is left out."""
        path = source_file(module)
        if path is None or module.__name__ in self.files:
            return
        self.files[module.__name__] = path
        parts = module.__name__.split(".")
        for at in range(1, len(parts)):
            self.add_named(".".join(parts[:at]))
        for name in _imports(path, module):
            self.add_named(name)

    def records(self) -> list[dict[str, str]]:
        """``path`` on this machine, and ``name``: where it belongs below the service's folder."""
        found = []
        for name, path in sorted(self.files.items()):
            stem = name.replace(".", "/")
            found.append(
                {"path": str(path), "name": f"{stem}/__init__.py" if path.name == "__init__.py" else f"{stem}.py"}
            )
        return found


def source_file(module: ModuleType) -> Path | None:
    """The module's file, if it is Python source that belongs to no installed distribution."""
    file = getattr(module, "__file__", None)
    if module.__name__ in ("__main__", "scoring") or not file or not file.endswith(".py"):
        return None
    path = Path(file).resolve()
    if "site-packages" in path.parts or "dist-packages" in path.parts:
        return None
    return None if any(path.is_relative_to(root) for root in INSTALLED) else path


def written_here(function: FunctionType) -> bool:
    """Whether a function is the notebook's own or its project's, and no library's."""
    module = sys.modules.get(function.__module__)
    return module is None or module.__name__ == "__main__" or source_file(module) is not None


def _imports(path: Path, module: ModuleType) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, module)
            names.add(base)
            names.update(f"{base}.{alias.name}" for alias in node.names)
    return names


def _absolute(node: ast.ImportFrom, module: ModuleType) -> str:
    if not node.level:
        return node.module or ""
    package = (module.__package__ or "").split(".")
    parts = package[: len(package) - node.level + 1]
    return ".".join([*parts, node.module] if node.module else parts)
