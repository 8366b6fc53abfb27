"""Every rule is one file with a manual page, and the reference is made of them."""

from __future__ import annotations

import re

import pytest

from nbforge.lint.model import SEVERITIES, Rule
from nbforge.lint.registry import all_rules, manual, name_of
from tests.docs import pages

RULES = [pytest.param(rule, id=rule.CODE) for rule in all_rules()]


def test_the_page_of_the_rules_is_the_one_that_they_give() -> None:
    from scripts import lint_reference

    assert pages.text("lint.md") == lint_reference.render(), "run `make docs`"


def test_codes_are_given_once() -> None:
    codes = [rule.CODE for rule in all_rules()]
    assert len(codes) == len(set(codes))
    assert len(codes) > 20


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_has_a_code_a_severity_and_a_manual_page(rule: Rule) -> None:
    assert re.fullmatch(r"NBF\d{3}", rule.CODE)
    assert rule.SEVERITY in SEVERITIES
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name_of(rule))
    page = manual(rule)
    assert page.split("\n")[0].endswith("."), "the first line is a sentence"
    for part in ("**Example**", "**Fix**"):
        assert part in page, f"{rule.CODE} has no {part}"
