"""The rules: every module of ``rules/``, by code. A new one touches no second file."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from functools import cache
from typing import cast

from nbforge.lint import rules
from nbforge.lint.model import Rule


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, in the order of the codes."""
    names = sorted(module.name for module in pkgutil.iter_modules(rules.__path__))
    modules = [importlib.import_module(f"{rules.__name__}.{name}") for name in names]
    return tuple(sorted((cast("Rule", module) for module in modules), key=lambda rule: rule.CODE))


def name_of(rule: Rule) -> str:
    """``unknown-tag`` of ``rules/unknown_tag.py``."""
    return rule.__name__.rpartition(".")[2].replace("_", "-")


def manual(rule: Rule) -> str:
    """The rule's manual page, Markdown."""
    return inspect.cleandoc(rule.__doc__ or "")


def summary(rule: Rule) -> str:
    """The first line of its manual page."""
    return manual(rule).partition("\n")[0]
