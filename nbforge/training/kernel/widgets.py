"""What widgets give a function, ``interact(predict, hours=(0, 12))``: a request gives the same, a field a widget."""

from __future__ import annotations

import ast
import inspect
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

from .entry import SCALARS, Entry
from .printed import Rewritten, definition, printed
from .program import Step, evaluated
from .taking import collecting, holding, in_place_of, parameter, undecorated, value_of, wrapped
from .tries import calls_tried

MOST_CHOICES = 50


@dataclass(frozen=True, slots=True)
class Offered:
    """A ``function`` and the widgets that give its arguments, by parameter.

    ``pressed``: it takes nothing of them, and asks them what they say when a button is pressed. ``fixed``: what it is
    given besides, by parameter.
    """

    function: FunctionType
    widgets: Mapping[str, Any]
    pressed: bool = False
    fixed: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the notebook calls the function."""
        return self.function.__name__

    @property
    def given(self) -> Mapping[str, Any]:
        """What the widgets say now."""
        return {name: widget.value for name, widget in self.widgets.items()}

    @property
    def hints(self) -> Mapping[str, Any]:
        """What kind of value each widget gives: one of a few, or any of a type."""
        return {name: _hint(widget) for name, widget in self.widgets.items()}

    @property
    def choices(self) -> Mapping[str, Sequence[Any]]:
        """Values that widgets of numbers can give besides: their limits."""
        limits = {name: (getattr(it, "min", None), getattr(it, "max", None)) for name, it in self.widgets.items()}
        return {name: ends for name, ends in limits.items() if all(isinstance(end, int | float) for end in ends)}


def rewritten(found: Offered, steps: Sequence[Step], namespace: Mapping[str, Any]) -> Rewritten | None:
    """The function that the widgets give its arguments, with a parameter for each of them and an answer."""
    step = definition(found.name, steps)
    if step is None or namespace.get(found.name) is not found.function:
        return None
    if isinstance(step.tree, ast.FunctionDef) and wrapped(step.tree):
        return None
    answering = printed(found.name, steps, namespace)
    told = f"Cell CELL gives `{found.name}` to widgets: the service asks for what they give."
    if answering is not None:
        told = f"{told} {answering.told}"
    text = undecorated(step.text) if answering is None else answering.text
    fixed = {name: _written(value, namespace) for name, value in found.fixed.items()}
    text = holding(text, {name: source for name, source in fixed.items() if source is not None})
    if None in fixed.values():
        return None
    made = in_place_of(text, found.given) if found.pressed else collecting(text, found.given)
    return Rewritten(found.name, made, told) if made is not None else None


def entry(found: Offered, function: Rewritten, namespace: Mapping[str, Any]) -> Entry:
    """The function as an entry point of scalars."""
    return function.entry(Entry("function", found.name, None, "scalars", found.hints), namespace)


def offered(plan: Mapping[str, Any], last: Any, steps: Sequence[Step], namespace: Mapping[str, Any]) -> Offered | None:
    """The function that the predict cell gives to widgets, where each of them gives a plain value."""
    shown = [namespace.get(text) for _, text in plan["told"] if text.isidentifier()]
    mine = [step for step in steps if step.cell == plan["cell"]]
    bound = [namespace.get(name) for step in reversed(mine) for name in sorted(step.defines)]
    for value in (last, *shown, *bound):
        found = _interactive(value)
        if found is not None and _plain(found):
            return found
    wired = [
        found for step in reversed(mine) for found in (*_wired(step, namespace), *_pressed(step, steps, namespace))
    ]
    return next((found for found in wired if _plain(found)), None)


def offered_elsewhere(name: str, plan: Mapping[str, Any], namespace: Mapping[str, Any]) -> Offered | None:
    """The function of this name, where a cell that does not run gives it to widgets."""
    for call, there in calls_tried(name, plan, namespace):
        found = _interactive(evaluated(call, there))
        if found is not None and _plain(found):
            return found
    return None


def _interactive(value: Any) -> Offered | None:
    """What ``interact`` or ``interactive`` gives."""
    value = getattr(value, "widget", value) if isinstance(value, FunctionType) else value
    function = getattr(value, "f", None)
    if not _of_ipywidgets(value) or not isinstance(function, FunctionType):
        return None
    given = {each._kwarg: each for each in getattr(value, "kwargs_widgets", ())}  # noqa: SLF001 - it has no other name
    fixed = {name: each.value for name, each in given.items() if type(each).__name__ == "fixed"}
    return Offered(function, {name: each for name, each in given.items() if name not in fixed}, fixed=fixed)


def _written(value: Any, namespace: Mapping[str, Any]) -> str | None:
    """How the notebook writes a value: as a plain one, or by its name."""
    if value is None or isinstance(value, bool | int | float | str):
        return repr(value)
    names = (name for name, each in namespace.items() if each is value and not name.startswith("_"))
    return next(names, None)


def _wired(step: Step, namespace: Mapping[str, Any]) -> Iterator[Offered]:
    """``interactive_output(predict, {"hours": slider})``."""
    for node in ast.walk(step.tree):
        match node:
            case ast.Call(
                func=ast.Attribute(attr="interactive_output") | ast.Name(id="interactive_output"),
                args=[ast.Name(id=name), given],
            ) if isinstance(namespace.get(name), FunctionType):
                widgets = evaluated(given, namespace)
                if isinstance(widgets, dict) and all(map(_of_ipywidgets, widgets.values())):
                    yield Offered(namespace[name], widgets)


def _pressed(step: Step, steps: Sequence[Step], namespace: Mapping[str, Any]) -> Iterator[Offered]:
    """``button.on_click(predict)``, where ``predict`` reads ``hours.value``."""
    for node in ast.walk(step.tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="on_click" | "observe"), args=[ast.Name(id=name), *_]):
                function, defining = namespace.get(name), definition(name, steps)
                if not isinstance(function, FunctionType) or defining is None:
                    continue
                read = [found for each in ast.walk(defining.tree) if (found := value_of(each)) is not None]
                widgets = {each: namespace.get(each) for each in read if _of_ipywidgets(namespace.get(each))}
                yield Offered(function, widgets, pressed=True)


def _of_ipywidgets(value: Any) -> bool:
    return type(value).__module__.partition(".")[0] == "ipywidgets"


def _plain(found: Offered) -> bool:
    taken = inspect.signature(found.function).parameters.values()
    needed = {p.name for p in taken if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)}
    collects = any(p.kind is p.VAR_KEYWORD for p in taken)
    return (
        bool(found.given)
        and (collects or all(map(parameter, found.given)))
        and (found.pressed or needed <= found.given.keys() | found.fixed.keys())
        and all(isinstance(value, SCALARS) for value in found.given.values())
    )


def _hint(widget: Any) -> Any:
    options = [value for _, value in getattr(widget, "_options_full", ())]
    if options and len(options) <= MOST_CHOICES and all(isinstance(value, bool | int | str) for value in options):
        return typing.Literal[tuple(options)]
    return type(widget.value)
