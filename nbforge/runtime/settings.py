"""What an operator may set: environment variables, read once at start.

:data:`TABLE` is the one list of them; ``docs/reference/settings.md`` is held against it by a test.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable: how it is written, what it means."""

    variable: str
    field: str
    read: Callable[[str], object]
    expects: str
    meaning: str

    @property
    def default(self) -> str:
        """The default as one would write it into the environment."""
        return str(getattr(Settings(), self.field))


def _whole(minimum: int, maximum: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,18}", text) or not minimum <= int(text) <= maximum:
            raise ValueError(text)
        return int(text)

    return read


def _seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]+)?", text):
        raise ValueError(text)
    return float(text)


def _level(text: str) -> str:
    if text.lower() not in LEVELS:
        raise ValueError(text)
    return text.lower()


def _metric_prefix(text: str) -> str:
    if not re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", text):
        raise ValueError(text)
    return text


LEVELS = ("debug", "info", "warning", "error")
_BIG = 2**40

TABLE: tuple[Setting, ...] = (
    Setting("NBFORGE_HOST", "host", str, "an address", "Address to listen on; an image sets `0.0.0.0`."),
    Setting("NBFORGE_PORT", "port", _whole(0, 65535), "a port, 0 to 65535", "Port to listen on; 0 takes a free one."),
    Setting(
        "NBFORGE_MAX_BODY_BYTES",
        "max_body_bytes",
        _whole(1, _BIG),
        "a positive whole number of bytes",
        "Largest request body; beyond it the answer is 413.",
    ),
    Setting(
        "NBFORGE_MAX_ROWS",
        "max_rows",
        _whole(1, _BIG),
        "a positive whole number of rows",
        "Most rows in one request (413 beyond) and in one merged prediction.",
    ),
    Setting(
        "NBFORGE_MAX_QUEUE_ROWS",
        "max_queue_rows",
        _whole(1, _BIG),
        "a positive whole number of rows, at least NBFORGE_MAX_ROWS",
        "Most rows that wait for the model; beyond it the answer is 503 with `Retry-After`.",
    ),
    Setting(
        "NBFORGE_DRAIN_SECONDS",
        "drain_seconds",
        _seconds,
        "a number of seconds, 0 or more",
        "After SIGTERM: how long requests are still served while readiness is off, before the listener closes.",
    ),
    Setting(
        "NBFORGE_WORKERS",
        "workers",
        _whole(1, 64),
        "a whole number, 1 to 64",
        "Processes that serve; a worker's thread pools get its share of the CPUs that the container may use.",
    ),
    Setting(
        "NBFORGE_LOG_LEVEL",
        "log_level",
        _level,
        "one of " + ", ".join(LEVELS),
        "Least severe message that is logged (JSON, one line each, on standard error).",
    ),
    Setting(
        "S2I_APP_METRICS_PREFIX",
        "metrics_prefix",
        _metric_prefix,
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


def table() -> str:
    """The settings as a Markdown table."""
    lines = ["| variable | default | expects | meaning |", "|---|---|---|---|"]
    for setting in TABLE:
        default = f"`{setting.default}`" if setting.default else "unset"
        lines.append(f"| `{setting.variable}` | {default} | {setting.expects} | {setting.meaning} |")
    return "\n".join(lines) + "\n"
