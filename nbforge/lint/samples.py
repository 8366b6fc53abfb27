"""Which names hold training rows and which test rows, what is fitted on them, and what scores them.

Followed from split to use through assignments, loops over folds and files whose name says that they are for testing.
Where it is not known, nothing is claimed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from nbforge.lint.calls import Call
from nbforge.lint.history import Fit, History, Leak, Score, Treatment
from nbforge.lint.tables import table
from nbforge.notebook.callee import path_name
from nbforge.notebook.flow import Flow
from nbforge.notebook.scope import walk_body

FITS = frozenset({"fit", "fit_transform", "partial_fit", "fit_predict", "fit_resample", "fit_on_texts"})
_GIVES = frozenset({"fit_transform", "fit_resample"})
_HELD_BACK = re.compile(r"val|dev|calib|(?:^|_)cal(?:_|$)|conformal|hold|blend|tun|oof", re.IGNORECASE)
_TEST_FILE = re.compile(r"(?:^|[/\\_.-])test(?:[_.-][\w.-]*)?\.\w+$", re.IGNORECASE)
_VALIDATES = re.compile(
    r"cross_val\w*|\w*CV|\w*KFold|learning_curve|validation_curve|LeaveOneOut|TimeSeriesSplit|cv|\w*ShuffleSplit"
)
_VALIDATION_KEYWORDS = frozenset(
    {"validation_data", "validation_split", "eval_set", "valid_sets", "evals", "oob_score"}
)
_UNSUPERVISED = re.compile(
    r"silhouette_\w+|calinski_harabasz_score|davies_bouldin_score|homogeneity\w*|completeness_score|v_measure_score|adjusted_\w+|"
    r"(?:pair_confusion|contingency)_matrix|(?:normalized_)?mutual_info_score|(?:adjusted_)?rand_score|fowlkes_mallows_score|"
    r"make_scorer|pairwise_\w+|\w+_kernel|\w+_distances"
)
_LABELS_ONLY = frozenset({"columns", "index", "shape", "dtypes", "size", "ndim"})


@dataclass(frozen=True, slots=True)
class _Rows:
    """What a name holds. ``seen``: fits on all rows that it went through; ``sources``: the names it was made of."""

    role: str = ""
    seen: tuple[Fit, ...] = ()
    sources: frozenset[str] = frozenset()
    through: tuple[Treatment, ...] = ()


def split_history(flow: Flow, calls: Iterable[Call]) -> History:
    """Follow the rows through the notebook."""
    reader = _Reader({id(call.node): call for call in calls})
    for position, step in enumerate(flow.steps):
        if step.piece is not None:
            reader.at(position, step.cell)
            reader.run([step.piece.node])
    reader.history.fitted = reader.fitted
    return reader.history


class _Reader:
    def __init__(self, calls: Mapping[int, Call]) -> None:
        self.calls = calls
        self.history = History()
        self.names: dict[str, _Rows] = {}
        self.classes: dict[str, frozenset[str]] = {}  # of which classes an object was put together
        self.fitted: dict[str, Fit] = {}  # by object, as written
        self.trained: set[str] = set()  # names of rows that something was fitted on
        self.step = self.cell = 0

    def at(self, step: int, cell: int) -> None:
        """Where the next statement stands."""
        self.step, self.cell = step, cell

    def run(self, body: Sequence[ast.stmt]) -> None:
        """Statements in order; bodies of loops and branches are taken to run, those of functions are not looked at."""
        for statement in body:
            match statement:
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    continue
                case ast.For(target=target, iter=iterated):
                    self._calls([iterated])
                    self._loop(target, iterated)
                case ast.Assign(targets=targets, value=value):
                    self._calls([value])
                    for target in targets:
                        self._assign(target, value)
                case (
                    ast.AnnAssign(target=target, value=ast.expr() as value) | ast.AugAssign(target=target, value=value)
                ):
                    self._calls([value])
                    self._assign(target, value)
                case _:
                    self._calls(
                        child for child in ast.iter_child_nodes(statement) if isinstance(child, ast.expr | ast.withitem)
                    )
            for name in ("body", "orelse", "finalbody"):
                self.run(getattr(statement, name, []))

    # What expressions hold

    def _rows(self, node: ast.AST) -> _Rows:
        """What the names in an expression hold, together."""
        found = [(name, self.names.get(name, _Rows())) for name in _names(node)]
        roles = {rows.role for _, rows in found} - {""}
        role = roles.pop() if len(roles) == 1 else "mixed" if roles else ""
        seen = dict.fromkeys(fit for _, rows in found for fit in rows.seen)
        through = dict.fromkeys(treatment for _, rows in found for treatment in rows.through)
        for call in (child for child in ast.walk(node) if isinstance(child, ast.Call)):
            fit = self.fitted.get(_receiver(call))
            if treatment := self._treatment(call, fit):
                through[treatment] = None
            if fit is not None and fit.learns and path_name(call) in {"transform", *_GIVES} and not fit.role:
                seen[fit] = None
        sources = frozenset(name for name, rows in found for name in (name, *rows.sources))
        return _Rows(role, tuple(seen), sources, tuple(through))

    def _treatment(self, call: ast.Call, fit: Fit | None) -> Treatment | None:
        name = path_name(call)
        by_object = name in {"transform", "fit_transform"} and fit is not None
        if not by_object and name not in {"get_dummies", "fillna"}:
            return None
        receiver = _receiver(call)
        written = f"{receiver}.{name}" if by_object and receiver.isidentifier() else name
        return Treatment(self.step, self.cell, call, receiver if by_object else name, written, by_object)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if (
            isinstance(target, ast.Tuple | ast.List)
            and isinstance(value, ast.Call)
            and path_name(value) == "train_test_split"
        ):
            for position, item in enumerate(target.elts):
                self._part(item, "test" if position % 2 else "train", self._rows(value))
            return
        rows = self._file(value) or self._rows(value)
        if isinstance(target, ast.Name):
            self.names[target.id] = rows
            self.classes[target.id] = self._made_of(value)
            self._keep_fit(target.id, value)
        elif isinstance(target, ast.Tuple | ast.List):
            pairs = zip(target.elts, value.elts, strict=False) if isinstance(value, ast.Tuple | ast.List) else ()
            for item in target.elts:
                self._bind(item, rows)
            for item, part in pairs:
                self._assign(item, part)
        else:
            self._update(target, rows)

    def _keep_fit(self, name: str, value: ast.expr) -> None:
        """``scaler = StandardScaler().fit(X)``, ``model = search.best_estimator_``, ``best = model``."""
        kept = None
        match value:
            case ast.Call():
                kept = next(
                    (fit for fit in reversed(self.history.fits) if fit.node is value and fit.method == "fit"), None
                )
            case ast.Name(id=other) | ast.Attribute(value=ast.Name(id=other), attr="best_estimator_"):
                kept = self.fitted.get(other)
        self.fitted.pop(name, None)
        if kept is not None:
            self.fitted[name] = kept

    def _update(self, target: ast.expr, rows: _Rows) -> None:
        """``frame[columns] = ...`` adds what the values went through, and leaves the rows what they are."""
        base: ast.expr = target
        while isinstance(base, ast.Subscript | ast.Attribute):
            base = base.value
        if isinstance(base, ast.Name):
            old = self.names.get(base.id, _Rows())
            seen, through = dict.fromkeys(old.seen + rows.seen), dict.fromkeys(old.through + rows.through)
            self.names[base.id] = _Rows(old.role, tuple(seen), old.sources, tuple(through))

    def _bind(self, target: ast.expr, rows: _Rows) -> None:
        if isinstance(target, ast.Name):
            self.names[target.id] = rows

    def _part(self, target: ast.expr, role: str, rows: _Rows) -> None:
        if isinstance(target, ast.Name):
            held = role == "test" and _HELD_BACK.search(target.id)
            self.names[target.id] = _Rows("held" if held else role, (), rows.sources, rows.through)
            self.history.parts.add(target.id)

    def _loop(self, target: ast.expr, iterated: ast.expr) -> None:
        call = iterated
        if (
            isinstance(call, ast.Call)
            and path_name(call) == "enumerate"
            and call.args
            and isinstance(target, ast.Tuple)
        ):
            call, target = call.args[0], target.elts[-1]
        folds = isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and path_name(call) == "split"
        if (
            folds
            and isinstance(call, ast.Call)
            and isinstance(target, ast.Tuple)
            and len(target.elts) == 2
            and _names(call.args[0] if call.args else call)
        ):
            self.history.validated = True
            for item, role in zip(target.elts, ("train", "test"), strict=True):
                self._part(item, role, _Rows())
            return
        rows = self._rows(iterated)
        for name in ast.walk(target):
            if isinstance(name, ast.Name):
                self.names[name.id] = rows

    def _file(self, value: ast.expr) -> _Rows | None:
        call = self.calls.get(id(value))
        if call is None or not re.match(r"(?:pandas|polars|numpy)\.(?:read_\w+|load\w*|genfromtxt)", call.path):
            return None
        return _Rows("test") if _TEST_FILE.search(call.texts.get(0, "")) else _Rows()

    def _made_of(self, value: ast.expr) -> frozenset[str]:
        made = {path_name(node) for node in ast.walk(value) if isinstance(node, ast.Call)}
        return frozenset(made).union(*(self.classes.get(name, frozenset()) for name in _names(value)))

    # What calls do

    def _calls(self, roots: Iterable[ast.AST]) -> None:
        found = [node for root in roots for node in walk_body([root]) if isinstance(node, ast.Call)]
        for node in reversed(found):  # what is inside runs first
            self._call(node)

    def _call(self, node: ast.Call) -> None:
        name = path_name(node)
        if isinstance(node.func, ast.Attribute) and name in FITS and _first(node) is not None:
            self._fit(node, name)
        elif name == "train_test_split" or name.startswith("cross_val") or (name == "split" and self._splitter(node)):
            self._split(node, name)
        elif name == "score" and isinstance(node.func, ast.Attribute) and len(node.args) >= 2:
            if not self._made_of(node.func.value) & set(table()["transformers"]["looking"]):
                self._score(node, node.args[:1])
        elif self._is_metric(node, name):
            self._score(node, node.args)
        if _VALIDATES.fullmatch(name) or any(item.arg in _VALIDATION_KEYWORDS for item in node.keywords):
            self.history.validated = True

    def _fit(self, node: ast.Call, method: str) -> None:
        data = _first(node)
        receiver = _receiver(node)
        if data is None:
            return
        rows = self._rows(data)
        classes = self._made_of(node.func.value) if isinstance(node.func, ast.Attribute) else frozenset()
        known = self.calls.get(id(node))
        estimator = known.receiver.rpartition(".")[2] if known and known.receiver else min(classes, default="")
        kinds, known_kinds = classes | {estimator}, table()["transformers"]
        fit = Fit(
            self.step,
            self.cell,
            node,
            method,
            ast.unparse(node.func) if len(ast.unparse(node.func)) <= 60 else f"(...).{method}",
            estimator,
            ast.unparse(data) if len(ast.unparse(data)) <= 40 else "...",
            rows.role,
            bool(kinds & {*known_kinds["scaling"], *known_kinds["supervised"]}),
            bool(kinds & {*known_kinds["supervised"]}),
            receiver in self.fitted,
            rows.through,
        )
        self.history.fits.append(fit)
        self.fitted[receiver] = fit
        if method not in _GIVES:
            self.trained |= {*_names(data)}

    def _split(self, node: ast.Call, name: str) -> None:
        given = node.args[1:] if name.startswith("cross_val") else node.args
        written = name if name != "split" else ast.unparse(node.func)
        told = {leak.fit for leak in self.history.leaks}
        for fit in dict.fromkeys(fit for item in given for fit in self._rows(item).seen):
            if fit not in told:
                self.history.leaks.append(Leak(fit, self.cell, written))

    def _splitter(self, node: ast.Call) -> bool:
        call = self.calls.get(id(node))
        return call is not None and call.receiver.startswith("sklearn.model_selection.")

    def _is_metric(self, node: ast.Call, name: str) -> bool:
        call = self.calls.get(id(node))
        inside = call is not None and call.path.startswith("sklearn.metrics.") and len(node.args) >= 2
        return inside and not _UNSUPERVISED.fullmatch(name) and name[:1].islower()

    def _score(self, node: ast.Call, given: Sequence[ast.expr]) -> None:
        found = [self._rows(item) for item in given]
        roles = {rows.role for rows in found} - {""}
        sources = frozenset[str]().union(*(rows.sources for rows in found))
        fitted = bool(sources & self.trained) and roles <= {"train"}
        role = "fitted" if fitted else ",".join(sorted(roles)) or "unknown"
        written = ast.unparse(node) if len(ast.unparse(node)) <= 60 else f"{ast.unparse(node.func)}(...)"
        self.history.scores.append(Score(self.step, self.cell, node, written, role))


def _first(node: ast.Call) -> ast.expr | None:
    """The rows that a fit is given."""
    return node.args[0] if node.args else next((item.value for item in node.keywords if item.arg == "X"), None)


def _receiver(node: ast.Call) -> str:
    return ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ""


def _names(node: ast.AST) -> list[str]:
    """The names whose rows an expression takes: not those of which it asks only for columns or shape."""
    return list(dict.fromkeys(_walk_names(node)))


def _walk_names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Attribute) and node.attr in _LABELS_ONLY:
        return
    if isinstance(node, ast.Name):
        yield node.id
        return
    for child in ast.iter_child_nodes(node):
        yield from _walk_names(child)
