"""Outputs may be large, and nothing in them may make the search slow."""

from __future__ import annotations

import time

import pytest

from nbforge.lint import secrets

TEXTS = {
    "hex": "0123456789abcdef" * 20_000,
    "dashes": "a-" * 100_000,
    "schemes": "a://b:" * 30_000,
    "json": '{"x": 1.234, "y": "abc"}, ' * 10_000,
    "connection strings": "server=a;" * 20_000,
    "users": '"username": "a", ' * 20_000,
    "tokens": "eyJ" * 50_000,
}


@pytest.mark.parametrize("name", TEXTS)
def test_the_search_takes_time_in_proportion(name: str) -> None:
    start = time.process_time()
    assert not list(secrets.in_text(TEXTS[name]))
    assert time.process_time() - start < 2
