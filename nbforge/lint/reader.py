"""Finds the calls, references and shell commands of a notebook, and what their names stand for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from nbforge.lint.calls import FRAME, Call, Command, Known, Read, Reference, Write, is_magic, place
from nbforge.notebook.flow import Flow
from nbforge.notebook.scope import bindings, function_scope
from nbforge.notebook.shell import RUNS_CODE, without_options
from nbforge.notebook.source import parse

_FRAMES = re.compile(
    r"pandas\.(read_\w+|DataFrame(\.from_\w+)?|concat|merge|get_dummies|Series|json_normalize|melt|crosstab)"
)
_NO_FRAME = frozenset(
    {"values", "to_numpy", "to_list", "tolist", "shape", "columns", "index", "dtypes", "to_dict", "size"}
)
_SHELLS = frozenset({"bash", "sh", "!", "system", "sx", "script"})


def read(flow: Flow) -> Read:
    """Every call, reference and shell command."""
    reader = _Reader(flow)
    for position, step in enumerate(flow.steps):
        if step.piece is not None:
            reader.step = position
            reader.visit(step.piece.node)
    return Read(tuple(reader.calls), tuple(reader.references), tuple(reader.commands), tuple(reader.writes))


class _Reader(ast.NodeVisitor):
    """Walks statements in order and remembers what names are known to be."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.step = 0
        self.env: dict[str, Known] = {}
        self.function = ""
        self.guarded = False  # a failing import is handled
        self.inside: ast.Call | None = None  # the magic whose text is being read
        self.calls: list[Call] = []
        self.references: list[Reference] = []
        self.commands: list[Command] = []
        self.writes: list[Write] = []

    # What names are

    def known(self, node: ast.AST | None) -> Known | None:
        """What an expression is."""
        match node:
            case ast.Name(id=name):
                return self.env.get(name)
            case ast.Constant(value=str(text)):
                return Known("text", text)
            case ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]):
                return Known("text", text)
            case ast.BinOp(left=left, op=ast.Add()):
                found = self.known(left)
                return found if found and found.kind == "text" else None
            case ast.Attribute(value=value, attr=attr):
                return self._member(self.known(value), attr)
            case ast.Subscript(value=value):
                owner = self.known(value)
                return owner if owner == Known("instance", FRAME) else None
            case ast.Call():
                return self._made(node)
            case ast.Await(value=value):
                return self.known(value)
        return None

    def _member(self, owner: Known | None, attr: str) -> Known | None:
        if owner is None or owner.kind == "text":
            return None
        if owner.kind == "path":
            return Known("path", f"{owner.text}.{attr}")
        return owner if owner.text == FRAME and attr not in _NO_FRAME else None

    def _made(self, node: ast.Call) -> Known | None:
        path, receiver = self._called(node)
        if _FRAMES.fullmatch(path) or (receiver == FRAME and path[1:] not in _NO_FRAME):
            return Known("instance", FRAME)
        if path.startswith("sklearn.") and path.endswith(("make_pipeline", "make_union", "make_column_transformer")):
            return Known("instance", "sklearn.pipeline.Pipeline")
        if receiver and path in {".fit", ".set_params", ".partial_fit"}:
            return Known("instance", receiver)
        last = path.rpartition(".")[2]
        return Known("instance", path) if "." in path.strip(".") and last[:1].isupper() else None

    def _called(self, node: ast.Call) -> tuple[str, str]:
        found = self.known(node.func)
        if found is not None and found.kind == "path":
            return found.text, ""
        match node.func:
            case ast.Attribute(value=value, attr=attr):
                owner = self.known(value)
                return f".{attr}", owner.text if owner and owner.kind == "instance" else ""
            case ast.Name(id=name):
                return name, ""
        return "", ""

    # Walking

    def visit_Try(self, node: ast.Try) -> None:
        outer, self.guarded = self.guarded, self.guarded or any(_catches_imports(each) for each in node.handlers)
        for statement in (*node.body, *node.handlers):
            self.visit(statement)
        self.guarded = outer
        for statement in (*node.orelse, *node.finalbody):
            self.visit(statement)

    def _refer(self, node: ast.AST, path: str, receiver: str = "", imported: bool = False) -> None:
        if imported and self.guarded:
            return
        line, column, end = place(self.flow, self.step, self.inside or node)
        cell = self.flow.steps[self.step].cell
        at = None if self.inside else column
        self.references.append(Reference(self.step, cell, line, at, end, path, receiver, imported))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        found, owner = self.known(node), self.known(node.value)
        if found is not None and found.kind == "path":
            self._refer(node, found.text)  # the whole chain; its beginnings are no references of their own
            return
        if owner is not None and owner.kind == "instance":
            self._refer(node, f".{node.attr}", owner.text)
        self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._refer(node, alias.name, imported=True)
            bound = alias.asname or alias.name.split(".")[0]
            self.env[bound] = Known("path", alias.name if alias.asname else bound)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            if node.module and not node.level:
                self._refer(node, f"{node.module}.{alias.name}", imported=True)
                self.env[alias.asname or alias.name] = Known("path", f"{node.module}.{alias.name}")

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        value = self.known(node.value)
        for target in node.targets:
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                self._bind_each(target.elts, node.value.elts)
            else:
                self._bind(target, value)

    def _bind_each(self, targets: Sequence[ast.expr], values: Sequence[ast.expr]) -> None:
        told = len(targets) == len(values) and not any(isinstance(item, ast.Starred) for item in (*targets, *values))
        known = [self.known(value) if told else None for value in values]
        for position, target in enumerate(targets):
            self._bind(target, known[position] if told else None)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)
            self._bind(node.target, self.known(node.value))

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self._bind(node.target, self.known(node.value))

    def visit_For(self, node: ast.For) -> None:
        self.visit(node.iter)
        self._bind(node.target, None)
        for statement in (*node.body, *node.orelse):
            self.visit(statement)

    def _bind(self, target: ast.expr, value: Known | None) -> None:
        if isinstance(target, ast.Name):
            self._set(target.id, value)
            return
        if isinstance(target, ast.Subscript):
            self._write(target)
        self.visit(target)
        for child in ast.walk(target):
            for name in bindings(child):
                self._set(name, None)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Subscript):
            self._write(node.target)
        self.generic_visit(node)

    def _write(self, target: ast.Subscript) -> None:
        owner = self.known(target.value)
        line, column, end = place(self.flow, self.step, self.inside or target)
        at = None if self.inside else column
        cell = self.flow.steps[self.step].cell
        receiver = owner.text if owner and owner.kind == "instance" else ""
        self.writes.append(Write(self.step, cell, target, line, at, end, receiver))

    def _set(self, name: str, value: Known | None) -> None:
        if value is None:
            self.env.pop(name, None)
        else:
            self.env[name] = value

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._body(node, node.name, node.body)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._body(node, node.name, node.body)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._body(node, self.function or "<lambda>", [node.body])

    def _body(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, name: str, body: Sequence[ast.AST]
    ) -> None:
        for child in (*getattr(node, "decorator_list", ()), *node.args.defaults, *node.args.kw_defaults):
            if child is not None:
                self.visit(child)
        around, outer = dict(self.env), self.function
        for local in function_scope(node).local:
            self.env.pop(local, None)
        self.function = self.function or name
        for statement in body:
            self.visit(statement)
        self.env, self.function = around, outer
        if not isinstance(node, ast.Lambda):
            self.env.pop(name, None)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.generic_visit(node)
        self.env.pop(node.name, None)

    def visit_Call(self, node: ast.Call) -> None:
        if is_magic(node):
            self._magic(node)
            return
        path, receiver = self._called(node)
        line, column, end = place(self.flow, self.step, self.inside or node)
        self.calls.append(
            Call(
                self.step,
                self.flow.steps[self.step].cell,
                node,
                line,
                None if self.inside else column,
                end,
                path,
                receiver,
                dict(self._texts(node)),
                self.function,
            )
        )
        self.generic_visit(node)

    def _texts(self, node: ast.Call) -> Iterator[tuple[int | str, str]]:
        for position, item in enumerate(node.args):
            found = self.known(item)
            if found is not None and found.kind == "text":
                yield position, found.text
        for keyword in node.keywords:
            found = self.known(keyword.value)
            if keyword.arg and found is not None and found.kind == "text":
                yield keyword.arg, found.text

    # Magics

    def _magic(self, node: ast.Call) -> None:
        given = [item.value for item in node.args if isinstance(item, ast.Constant) and isinstance(item.value, str)]
        kind = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if kind in {"system", "getoutput"} and given:
            self._command(node, given[0])
        elif kind == "run_line_magic" and len(given) == 2:
            self._line_magic(node, *given)
        elif kind == "run_cell_magic" and len(given) == 3:
            if given[0] in _SHELLS:
                self._script(node, given[2])
            elif given[0] in RUNS_CODE:
                self._code(node, given[2])

    def _line_magic(self, node: ast.Call, name: str, text: str) -> None:
        if name in {"pip", "conda", "mamba", "uv", "sx", "system", "cd"}:
            self._command(node, text if name in {"sx", "system"} else f"{name} {text}")
        elif name in RUNS_CODE:
            self._code(node, without_options(text))

    def _command(self, node: ast.Call, text: str) -> None:
        line, _, _ = place(self.flow, self.step, self.inside or node)
        self.commands.append(Command(self.step, self.flow.steps[self.step].cell, line, text.strip()))

    def _script(self, node: ast.Call, text: str) -> None:
        line, _, _ = place(self.flow, self.step, node)
        cell = self.flow.steps[self.step].cell
        for offset, each in enumerate(text.splitlines(), start=1):
            if each.strip() and not each.lstrip().startswith("#"):
                self.commands.append(Command(self.step, cell, line + offset, each.strip()))

    def _code(self, node: ast.Call, text: str) -> None:
        try:
            tree = parse(text.strip() + "\n")
        except (SyntaxError, ValueError, RecursionError):
            return
        outer, self.inside = self.inside, self.inside or node
        for statement in tree.body:
            self.visit(statement)
        self.inside = outer


def _catches_imports(handler: ast.ExceptHandler) -> bool:
    named = (
        {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)} if handler.type else {"Exception"}
    )
    return bool(named & {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
