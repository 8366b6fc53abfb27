"""The models that a notebook fits, and which of them it ends up with."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from nbforge.notebook.callee import argument
from nbforge.notebook.suggestions import binding, words
from nbforge.notebook.suggestions.story import Story

_CHOSEN = re.compile(r"(^|_)(final|best|prod|production|chosen|selected|winner)(_|\d|$)", re.IGNORECASE)
_DERIVED = frozenset({"best_estimator_", "best_model"})


@dataclass(frozen=True, slots=True)
class Model:
    """A name that is bound to something fitted.

    Attributes:
        name: the variable.
        at: the statement after which it can be asked.
        fitted: the statement that fits.
        given: the statement that says what it is fitted on.
        data: what it was fitted on, as written there; ``None`` where that is not seen.
        target: what it was fitted to, as written there.
        looped: fitted in a loop, in turn with others.
        asked: the statements that ask it for predictions.
        saved: the statement that saves it.
    """

    name: str
    at: int
    fitted: int
    given: int
    data: ast.expr | None = None
    target: ast.expr | None = None
    looped: bool = False
    asked: tuple[int, ...] = ()
    saved: int | None = None


def models(story: Story) -> list[Model]:
    """All models that can still be asked at the end of the notebook, the one that it most likely is about first."""
    found: dict[str, Model] = {}
    for at in range(len(story.steps)):
        for model in _fitted(story, at):
            found[model.name] = model
        derived = _derived(story, at, found)
        if derived is not None:
            found[derived.name] = derived
    for name, at in _asked_without_fit(story, found):
        found[name] = Model(name, at, at, at)
    alive = [_with_uses(story, model) for model in found.values() if _alive(story, model)]
    last_asked = max((at for model in alive for at in model.asked), default=-1)
    return sorted(alive, key=lambda model: (_rank(story, model, last_asked), model.at), reverse=True)


def _rank(story: Story, model: Model, last_asked: int) -> int:
    """How much speaks for a model: it is shown, saved, asked in a function, called the best, asked last, not looped."""
    return (
        120 * _shown(story, model)
        + 100 * (model.saved is not None)
        + 80 * _in_functions(story, model.name)
        + 60 * bool(_CHOSEN.search(model.name))
        + 40 * (last_asked in model.asked)
        + 30 * bool(model.asked)
        - 60 * model.looped
    )


def _shown(story: Story, model: Model) -> bool:
    """Whether a cell after the one that fits holds nothing but the model's name."""
    for at in range(model.at + 1, len(story.steps)):
        match story.node(at):
            case ast.Expr(value=ast.Name(id=name)) if (
                name == model.name and len(story.of_cell(story.steps[at].cell)) == 1
            ):
                return True
    return False


def _fitted(story: Story, at: int) -> Iterator[Model]:
    node = story.node(at)
    looped = isinstance(node, ast.For | ast.While)
    for call in words.calls(node):
        for fitted in (_by_method, _by_library, _by_function, _by_argument):
            model = fitted(story, at, call)
            if model is not None:
                data = binding.turn(node, model.data) if looped else None
                yield replace(model, data=data or model.data, looped=looped)
                break


def _by_method(story: Story, at: int, call: ast.Call) -> Model | None:
    """``model.fit(X, y)``, ``model = Model().fit(X, y)``, ``results = model.fit()``."""
    if not isinstance(call.func, ast.Attribute) or not words.within(call.func.attr, "fits"):
        return None
    receiver = call.func.value
    made = receiver if not isinstance(receiver, ast.Name) else story.bound_to(at, receiver.id)
    if _transforms(story, at, made):
        return None
    data, target = _arguments(call)
    bound, given = binding.name(story.node(at), call), at
    if data is None:  # the rows were given to the class, as statsmodels has it
        data, target = _of_constructor(made)
        name = bound
        if isinstance(receiver, ast.Name):
            given = story.binder(at, receiver.id) or at
        if isinstance(receiver, ast.Name) and bound is None:
            return None
    else:
        labels = call.func.attr == "fit_predict"
        name = receiver.id if isinstance(receiver, ast.Name) else None if labels else bound
        if isinstance(receiver, ast.Name) and bound is not None and not labels and _asks(story, bound):
            name = bound
    return Model(name, at, at, given, data, target) if name else None


def _by_library(story: Story, at: int, call: ast.Call) -> Model | None:
    """``booster = lgb.train(settings, lgb.Dataset(X, y))``."""
    bound = binding.name(story.node(at), call)
    match call.func:
        case ast.Attribute(value=ast.Name(id=module), attr=function):
            known = words.within(function, "trains") and words.within(module, "train_modules")
        case _:
            known = False
    given = argument(call, 1) or argument(call, "dtrain") or argument(call, "train_set")
    if not known or bound is None or given is None:
        return None
    where = at
    if isinstance(given, ast.Name):
        made = binding.turn(story.node(at), given) or story.bound_to(at, given.id)
        where, given = (story.binder(at, given.id) or at, made) if isinstance(made, ast.Call) else (at, given)
    if isinstance(given, ast.Call) and given.args:
        target = argument(given, 1) or argument(given, "label")
        return Model(bound, at, at, where, given.args[0], target)
    return Model(bound, at, at, where, given)


def _by_function(story: Story, at: int, call: ast.Call) -> Model | None:
    """``model = train_model(X, y)``, a function of the notebook that fits what it gives back."""
    function = story.functions.get(call.func.id) if isinstance(call.func, ast.Name) else None
    bound = binding.name(story.node(at), call) or binding.first(story.node(at), call)
    if function is None or bound is None:
        return None
    fits = any(words.within(words.called(child), "fits") for child in ast.walk(function))
    returns = any(isinstance(child, ast.Return) and child.value is not None for child in ast.walk(function))
    if not fits or not returns or not _asks(story, bound):
        return None
    data, target = _arguments(call)
    return Model(bound, at, at, at, data, target)


def _by_argument(story: Story, at: int, call: ast.Call) -> Model | None:
    """``measure(model, X, y)``, a function of the notebook that fits the model that it is given."""
    function = story.functions.get(call.func.id) if isinstance(call.func, ast.Name) else None
    if function is None:
        return None
    given = {each.arg: argument(call, at) or argument(call, each.arg) for at, each in enumerate(function.args.args)}
    for fit in ast.walk(function):
        match fit:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=own), attr=method)) if words.within(method, "fits"):
                model = given.get(own)
                if isinstance(model, ast.Name) and not _transforms(story, at, model):
                    data, target = (
                        given.get(each.id) if isinstance(each, ast.Name) else None for each in _arguments(fit)
                    )
                    return Model(model.id, at, at, at, data, target)
    return None


def _derived(story: Story, at: int, found: dict[str, Model]) -> Model | None:
    """``best = search.best_estimator_``, ``model = pipeline``."""
    match story.node(at):
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Attribute(value=ast.Name(id=base), attr=attribute)):
            known = attribute in _DERIVED
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name(id=base)):
            known = True
        case _:
            return None
    return replace(found[base], name=name, at=at) if known and base in found else None


def _asked_without_fit(story: Story, found: dict[str, Model]) -> Iterator[tuple[str, int]]:
    """Names that are asked for predictions though no fit of them is seen: picked from a dictionary, or loaded."""
    for at in range(len(story.steps)):
        for name in _asked_in(story.node(at)):
            maker = story.maker(at, name)
            if name not in found and maker is not None and not isinstance(story.node(maker), ast.For | ast.With):
                kind = story.steps[maker].effects.kind
                if kind not in {"import", "function", "class"} and not _only_made(story.bound_to(at, name)):
                    yield name, story.binder(at, name) or maker


def _only_made(value: ast.expr | None) -> bool:
    """Whether a name is bound to a class's new object, which nothing has fitted."""
    name = words.called(value) if value is not None else ""
    return name[:1].isupper() or words.within(name, "pipelines")


def _alive(story: Story, model: Model) -> bool:
    """Whether the name is still the model at the end."""
    step = story.final(model.name)
    while step is not None and step > model.at and model.name not in story.steps[step].effects.defines:
        step = story.steps[step].before.get(model.name)
    return step is not None and step <= model.at


def _with_uses(story: Story, model: Model) -> Model:
    asked = tuple(
        at for at in range(model.at, len(story.steps)) if model.name in _asked_in(story.node(at)) and at >= model.at
    )
    saved = next((at for at in range(model.at, len(story.steps)) if _saves(story.node(at), model.name)), None)
    return replace(model, asked=asked, saved=saved)


def _asked_in(node: ast.AST) -> set[str]:
    """The names that a statement asks for predictions."""
    return {
        call.func.value.id
        for call in words.calls(node)
        if isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and words.within(call.func.attr, "predicts")
    }


def _asks(story: Story, name: str) -> bool:
    return any(name in _asked_in(story.node(at)) for at in range(len(story.steps))) or _in_functions(story, name)


def _in_functions(story: Story, name: str) -> bool:
    """Whether a function asks the notebook's ``name``."""
    for function in story.functions.values():
        own = {each.arg for each in (*function.args.args, *function.args.kwonlyargs)}
        for child in ast.walk(function):
            match child:
                case ast.Attribute(value=ast.Name(id=asked), attr=attribute) if asked == name and name not in own:
                    if words.within(attribute, "predicts"):
                        return True
    return False


def _saves(node: ast.AST, name: str) -> bool:
    for call in words.calls(node):
        if not words.within(words.called(call), "dumps"):
            continue
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
        if any(isinstance(each, ast.Name) and each.id == name for each in (*given, receiver)):
            return True
    return False


def _arguments(call: ast.Call) -> tuple[ast.expr | None, ast.expr | None]:
    data = argument(call, 0) or argument(call, "X") or argument(call, "x")
    target = argument(call, 1) or argument(call, "y")
    return data, target


def _of_constructor(made: ast.expr | None) -> tuple[ast.expr | None, ast.expr | None]:
    """``OLS(y, X)``, ``ols("y ~ x", data=df)``, ``ARIMA(series)``."""
    if not isinstance(made, ast.Call):
        return None, None
    first = argument(made, 0) or argument(made, "formula")
    data = argument(made, "data") or argument(made, "exog")
    if isinstance(first, ast.Constant):
        data = data or argument(made, 1)
        return data, _explained(first.value, data)
    if data is not None:
        return data, argument(made, "endog")
    if len(made.args) > 1:
        return made.args[1], made.args[0]
    return argument(made, 0), None


def _explained(formula: object, data: ast.expr | None) -> ast.expr | None:
    """The columns on the left side of a formula, as an expression."""
    if not isinstance(formula, str) or "~" not in formula or data is None:
        return None
    names = re.findall(r"[^\W\d]\w*", formula.partition("~")[0])
    columns: list[ast.expr] = [ast.Subscript(data, ast.Constant(name), ast.Load()) for name in names]
    return ast.Tuple(columns, ast.Load())


def _transforms(story: Story, at: int, made: ast.expr | None) -> bool:
    """Whether an object changes rows and predicts nothing; of a pipeline its last part decides."""
    if isinstance(made, ast.Name):
        made = story.bound_to(at, made.id)
    if not isinstance(made, ast.Call):
        return False
    name = words.called(made)
    if words.within(name, "transformers"):
        return True
    if words.within(name, "pipelines"):
        parts = made.args[0].elts if made.args and isinstance(made.args[0], ast.List) else made.args
        last = parts[-1] if parts else None
        if isinstance(last, ast.Tuple) and len(last.elts) == 2:
            last = last.elts[1]
        return _transforms(story, at, last)
    return False
