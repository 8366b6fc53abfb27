"""nachlass notebooks: does this one dump a pipeline stage, itself or through a module of its project?"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from nbforge.values import Cell, Notebook

if TYPE_CHECKING:
    from nbforge.notebook.flow import Flow

VARIABLE = "S2I_PIPELINE_STAGE_SAVE_FILE"
"""The environment variable that names the file a stage is dumped to."""

_IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+([^\n#]+)|import[ \t]+([^\n#]+))", re.MULTILINE)


def is_stage(cells: Iterable[Cell], path: Path) -> bool:
    """Whether the code names :data:`VARIABLE` or imports a project module that does."""
    source = "\n".join(cell.source for cell in cells if cell.kind == "code" and "skip" not in cell.roles)
    return VARIABLE in source or bool(dumping_modules(source, path))


def dumping_modules(source: str, path: Path) -> frozenset[str]:
    """Dotted names of the project modules that ``source`` imports and that dump a stage."""
    roots = project_folders(path)
    found = set()
    for dotted in _imported(source):
        relative = Path(*dotted.split("."))
        files = (root / candidate for root in roots for candidate in (f"{relative}.py", relative / "__init__.py"))
        if any(file.is_file() and VARIABLE in _read(file) for file in files):
            found.add(dotted)
    return frozenset(found)


def project_folders(path: Path) -> tuple[Path, ...]:
    """The notebook's folder and its parents up to the root of its git checkout; the folder alone without one."""
    folder = path.resolve().parent
    chain = [folder, *folder.parents]
    for position, candidate in enumerate(chain):
        if (candidate / ".git").exists():
            return tuple(chain[: position + 1])
    return (folder,)


def _imported(source: str) -> set[str]:
    names: set[str] = set()
    for module, members, modules in _IMPORT.findall(source):
        if module and not module.startswith("."):
            names.add(module)
            names.update(
                f"{module}.{member.split()[0]}" for member in members.strip("() \t").split(",") if member.split()
            )
        names.update(item.split()[0] for item in modules.split(",") if item.split())
    return {name for name in names if re.fullmatch(r"[A-Za-z_][\w.]*", name)}


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def dumping_steps(flow: Flow, notebook: Notebook) -> list[int]:
    """The steps that save the stage: they dump, and the path comes from :data:`VARIABLE`, directly or through names."""
    source = "\n".join(cell.source for cell in notebook.cells if cell.kind == "code")
    helpers = _helper_names(flow, dumping_modules(source, notebook.path))
    tainted: set[str] = set()
    found = []
    for position, step in enumerate(flow.steps):
        if step.piece is None:
            continue
        node = step.piece.node
        names = _names_in(node)
        called = {_callee(child) for child in ast.walk(node) if isinstance(child, ast.Call)}
        mentions = any(isinstance(child, ast.Constant) and child.value == VARIABLE for child in ast.walk(node))
        if isinstance(node, ast.FunctionDef) and (mentions or names & tainted):
            helpers.add(node.name)
        elif ((mentions or names & tainted) and called & _DUMPS) or called & helpers:
            found.append(position)
        elif mentions or names & tainted:
            tainted |= step.effects.defines | step.effects.may_define
    return found


_DUMPS = frozenset(
    {"dump", "dumps", "to_pickle", "save", "write", "write_bytes", "serialize", "serialize_to", "copy", "move"}
)


def _helper_names(flow: Flow, modules: frozenset[str]) -> set[str]:
    """Functions of helper modules as the notebook calls them; of ``util.save_stage`` the last part."""
    names: set[str] = set()
    aliases: set[str] = set()
    for step in flow.steps:
        match step.piece.node if step.piece else None:
            case ast.ImportFrom(module=str(module), names=members):
                names |= {m.asname or m.name for m in members if module in modules}
                aliases |= {m.asname or m.name for m in members if f"{module}.{m.name}" in modules}
            case ast.Import(names=members):
                aliases |= {m.asname or m.name.split(".")[0] for m in members if m.name in modules}
    for step in flow.steps:
        for child in ast.walk(step.piece.node) if step.piece else ():
            match child:
                case ast.Call(func=ast.Attribute(value=owner, attr=name)) if _names_in(owner) & aliases:
                    names.add(name)
    return names


def _names_in(node: ast.AST) -> set[str]:
    return {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}


def _callee(node: ast.Call) -> str:
    func = node.func
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
