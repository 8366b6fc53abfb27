"""What an operator may set: environment variables, read once at start.

:data:`TABLE` is the one list of them; ``docs/reference/settings.md`` is written from it.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from nbforge.runtime.variables import BIG, LEVELS, Setting, level, metric_prefix, seconds, whole

PREFIX = "NBFORGE_"


class SettingsError(Exception):
    """One message that names every setting that is wrong."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The service's settings; sizes in bytes and rows, times in seconds."""

    host: str = "127.0.0.1"
    port: int = 8080
    max_body_bytes: int = 16 * 1024 * 1024
    max_rows: int = 10_000
    max_queue_rows: int = 20_000
    drain_seconds: float = 5.0
    workers: int = 1
    log_level: str = "info"
    metrics_prefix: str = ""


TABLE: tuple[Setting, ...] = (
    Setting("NBFORGE_HOST", "host", str, "an address", "Address to listen on; an image sets `0.0.0.0`."),
    Setting("NBFORGE_PORT", "port", whole(0, 65535), "a port, 0 to 65535", "Port to listen on; 0 takes a free one."),
    Setting(
        "NBFORGE_MAX_BODY_BYTES",
        "max_body_bytes",
        whole(1, BIG),
        "a positive whole number of bytes",
        "Largest request body; beyond it the answer is 413.",
    ),
    Setting(
        "NBFORGE_MAX_ROWS",
        "max_rows",
        whole(1, BIG),
        "a positive whole number of rows",
        "Most rows in one request (413 beyond) and in one merged prediction.",
    ),
    Setting(
        "NBFORGE_MAX_QUEUE_ROWS",
        "max_queue_rows",
        whole(1, BIG),
        "a positive whole number of rows, at least NBFORGE_MAX_ROWS",
        "Most rows that wait for the model; beyond it the answer is 503 with `Retry-After`.",
    ),
    Setting(
        "NBFORGE_DRAIN_SECONDS",
        "drain_seconds",
        seconds,
        "a number of seconds, 0 or more",
        "After SIGTERM: how long requests are still served while readiness is off, before the listener closes.",
    ),
    Setting(
        "NBFORGE_WORKERS",
        "workers",
        whole(1, 64),
        "a whole number, 1 to 64",
        "Processes that serve; a worker's thread pools get its share of the CPUs that the container may use.",
    ),
    Setting(
        "NBFORGE_LOG_LEVEL",
        "log_level",
        level,
        "one of " + ", ".join(LEVELS),
        "Least severe message that is logged (JSON, one line each, on standard error).",
    ),
    Setting(
        "S2I_APP_METRICS_PREFIX",
        "metrics_prefix",
        metric_prefix,
        "a Prometheus name",
        "When set, nachlass's own metrics are published too, under this prefix.",
    ),
)


def read(environment: Mapping[str, str]) -> Settings:
    """Read the settings; an empty variable counts as unset.

    Raises:
        SettingsError: something is wrong; its message names all of it.
    """
    values: dict[str, object] = {}
    wrong: list[str] = []
    for setting in TABLE:
        text = environment.get(setting.variable, "").strip()
        if not text:
            continue
        try:
            values[setting.field] = setting.read(text)
        except ValueError:
            wrong.append(f"{setting.variable} must be {setting.expects}")
    wrong += _misspelt(environment)
    settings = Settings(**values)  # type: ignore[arg-type]
    if not wrong and settings.max_queue_rows < settings.max_rows:
        if "max_queue_rows" in values:
            wrong.append("NBFORGE_MAX_QUEUE_ROWS must be at least NBFORGE_MAX_ROWS")
        else:
            settings = Settings(**{**values, "max_queue_rows": 2 * settings.max_rows})  # type: ignore[arg-type]
    if wrong:
        raise SettingsError("; ".join(wrong))
    return settings


def _misspelt(environment: Mapping[str, str]) -> list[str]:
    """Near misses only: the tool beside the service has ``NBFORGE_`` variables of its own."""
    known = [setting.variable for setting in TABLE]
    found = []
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in known:
            close = difflib.get_close_matches(name, known, n=1, cutoff=0.85)
            if close:
                found.append(f"{name} is unknown, did you mean {close[0]}?")
    return found
