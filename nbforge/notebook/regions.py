"""What abstract objects are, and the functions and names that they stand for."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, fields
from operator import attrgetter

Value = frozenset[int]
"""What an expression may be: the numbers of its regions."""
EMPTY: Value = frozenset()


@dataclass(slots=True)
class Frame:
    """The names of one function or class body while it is evaluated."""

    names: dict[str, Value] = field(default_factory=dict)
    local: frozenset[str] = frozenset()
    declared_global: frozenset[str] = frozenset()
    nonlocals: frozenset[str] = frozenset()
    parent: Frame | None = None
    is_class: bool = False
    module: Value = EMPTY  # set for the names of a module of the project
    result: Value = EMPTY


@dataclass(frozen=True, slots=True)
class Function:
    """A function or lambda of the notebook: its code, the names around it, the values of its defaults by parameter."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    around: Frame | None
    defaults: tuple[tuple[str, Value], ...] = ()
    plain: bool = True  # no decorator stands between the name and the body
    bound: Value = EMPTY  # the object that it is a method of, where it was taken from one: `add = box.push`
    given: tuple[tuple[str, Value], ...] | None = None  # its parameters, where it was called and has not run yet


@dataclass(slots=True)
class Region:
    """The objects made at one place.

    ``kind``: ``value``, ``container`` (built here: reading an element never gives a view of it), ``module``,
    ``external`` (a function or class of a library, named by ``qual``), ``function``, ``class``, ``instance`` (of
    the notebook's classes), ``method`` (named by ``qual``, of its ``owner``, which is of no class of the notebook).
    """

    kind: str = "value"
    qual: str = ""
    function: Function | None = None
    iterator: bool = False  # reading it uses it up
    unknown: bool = False  # made by code that nothing is known of: may draw random numbers
    library: str = ""  # whose code made it, where that is known
    foreign: bool = False  # made by code of an installed library
    rough: bool = False  # its methods may change their arguments
    retains: bool = False  # it keeps what it is trained on
    fixed: bool = False  # using it never changes it
    parts: bool = False  # a tuple of fresh objects that share nothing
    generator: bool = False  # a random generator: drawing changes it
    draws: str = ""  # the global random generator that training it draws from
    file: str = ""  # the file that writing to it writes
    owner: int | None = None  # what changes with it, though it does not hold it for others to take
    single: bool = False  # it stands for one object
    shifted: bool = False  # its elements may have come under other positions


looks = attrgetter(*(one.name for one in fields(Region) if one.name != "single"))
"""All that tells a region from others, but for what it holds."""
