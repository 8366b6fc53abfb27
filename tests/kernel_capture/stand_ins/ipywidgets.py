"""As much of ipywidgets as hands a function over: what it draws needs a browser."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


class Widget:
    _options_full: tuple[tuple[str, Any], ...] = ()

    def __init__(self, value: Any = None, min: Any = None, max: Any = None, options: Any = ()) -> None:  # noqa: A002 - their names
        self.value, self.min, self.max, self._kwarg = value, min, max, ""
        if options:
            self._options_full = tuple((str(each), each) for each in options)
            self.value = options[0] if value is None else value

    def on_click(self, function: Callable[..., Any]) -> None:
        self.pressed = function


class Output(Widget):
    def __enter__(self) -> None: ...
    def __exit__(self, *error: object) -> None: ...


class interactive:  # noqa: N801 - its name
    def __init__(self, f: Callable[..., Any], **given: Any) -> None:
        self.f, self.kwargs_widgets = f, []
        for name, widget in given.items():
            made = widget if isinstance(widget, Widget) else Widget(widget)
            made._kwarg = name
            self.kwargs_widgets.append(made)
        f(**{name: widget.value for name, widget in zip(given, self.kwargs_widgets, strict=True)})


def interact(f: Any, **given: Any) -> Any:
    f.widget = interactive(f, **given)
    return f


def interactive_output(f: Callable[..., Any], given: Mapping[str, Widget]) -> Widget:
    return Widget((f, given))
