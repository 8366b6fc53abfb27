"""What the patterns of ``match`` bind."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from nbforge.notebook.calls import Calls
from nbforge.notebook.heap import ELEMENTS
from nbforge.notebook.regions import EMPTY, Value

_NUMBERS_AND_TEXTS = ("bool", "bytes", "float", "int", "str")
_OTHERS = ("bytearray", "dict", "frozenset", "list", "set", "tuple")
_UNCHANGING = frozenset(f"builtins.{name}" for name in _NUMBERS_AND_TEXTS)
_MATCH_THEMSELVES = frozenset(f"builtins.{name}" for name in (*_NUMBERS_AND_TEXTS, *_OTHERS))


class Patterns(Calls):
    """Evaluation of patterns."""

    def capture(self, pattern: ast.pattern, subject: Value) -> dict[str, Value]:
        """The names that ``pattern`` binds where ``subject`` matches it, and what to."""
        match pattern:
            case ast.MatchValue(value=value):
                self.evaluate(value)
            case ast.MatchAs(pattern=inner, name=name):
                found = self.capture(inner, subject) if inner is not None else {}
                return found | ({name: self._narrowed(inner, subject)} if name else {})
            case ast.MatchOr(patterns=patterns):
                return _joined(self.capture(inner, subject) for inner in patterns)
            case ast.MatchSequence(patterns=patterns):
                return self._sequence(patterns, subject)
            case ast.MatchMapping(keys=keys, patterns=patterns, rest=rest):
                for key in keys:
                    self.evaluate(key)
                parts = [self.element(subject, self.key(key)) for key in keys]
                found = _joined(map(self.capture, patterns, parts))
                return found | ({rest: self._remainder(pattern, subject)} if rest else {})
            case ast.MatchClass():
                return self._of_class(pattern, subject)
        return {}

    def _sequence(self, patterns: list[ast.pattern], subject: Value) -> dict[str, Value]:
        found: dict[str, Value] = {}
        placed = True  # every position so far is known
        for position, inner in enumerate(patterns):
            if isinstance(inner, ast.MatchStar):
                placed = False
                found |= {inner.name: self._remainder(inner, subject)} if inner.name else {}
            else:
                found |= self.capture(inner, self.element(subject, f"[{position}]" if placed else ""))
        return found

    def _remainder(self, pattern: ast.pattern, subject: Value) -> Value:
        """A new list or dictionary of what the other parts of a pattern left."""
        made = self.new(pattern, kind="container")
        self.heap.link(made, ELEMENTS, self.element(subject))
        return made

    def _of_class(self, pattern: ast.MatchClass, subject: Value) -> dict[str, Value]:
        kinds = self._kinds(pattern)
        narrowed = self._narrowed(pattern, subject)
        inner = narrowed if kinds and kinds <= _MATCH_THEMSELVES else subject | self.heap.parts(self.heap.held(subject))
        found = _joined(self.capture(one, inner) for one in pattern.patterns)
        named = (self.attribute(narrowed, name) for name in pattern.kwd_attrs)
        return found | _joined(map(self.capture, pattern.kwd_patterns, named))

    def _narrowed(self, pattern: ast.pattern | None, subject: Value) -> Value:
        """Those of ``subject`` that match: where only numbers and texts do, those of the notebook's classes."""
        match pattern:
            case ast.MatchClass():
                kinds = self._kinds(pattern)
                if not kinds or not kinds <= _UNCHANGING:
                    return subject
                return frozenset(r for r in subject & self.heap.callables if not self.written_out(r))
            case ast.MatchAs(pattern=inner):
                return self._narrowed(inner, subject)
            case ast.MatchOr(patterns=patterns):
                return EMPTY.union(*(self._narrowed(inner, subject) for inner in patterns))
        return subject

    def _kinds(self, pattern: ast.MatchClass) -> set[str]:
        return {self.heap.regions[region].qual for region in self.evaluate(pattern.cls)}


def _joined(several: Iterable[dict[str, Value]]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for one in several:
        for name, value in one.items():
            found[name] = found.get(name, EMPTY) | value
    return found
