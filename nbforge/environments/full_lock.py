"""The training environment as a lock: every distribution, with hashes where the index knows them."""

from __future__ import annotations

from nbforge.environments import cache, installer, interpreter
from nbforge.environments.proof import header
from nbforge.errors import EnvironmentFailure
from nbforge.values import Environment


def full_lock(environment: Environment) -> str:
    """Everything installed, as ``name==version`` lines with hashes; kept as long as the environment is the same.

    Where the index cannot answer for every distribution (it is out of reach, or one is no longer there), the lines
    come without
    hashes: the record matters more than that it could be installed by hash.
    """
    return str(cache.value("full-locks", cache.key("1", environment.fingerprint), lambda: _make(environment)))


def _make(environment: Environment) -> str:
    facts = interpreter.ask(environment.python)
    installed = installer.freeze(environment)
    try:
        text = installer.compile_lock(
            installed.splitlines(), installer.Target(facts.version, None), only_wheels=False, dependencies=False
        )
    except EnvironmentFailure:
        text = installed
    return header(facts.minor) + text
