"""What an operator may set: environment variables, read once at start.

:data:`TABLE` is the one list of them; ``docs/reference/settings.md`` is written from it.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from nbforge.runtime.variables import (
    BIG,
    KEYS,
    LEVELS,
    Setting,
    key_file,
    key_list,
    level,
    metric_prefix,
    seconds,
    switch,
    whole,
)

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
    max_wait_seconds: float = 5.0
    max_held_bytes: int = 256 * 1024 * 1024
    max_connections: int = 4096
    head_seconds: float = 10.0
    body_seconds: float = 30.0
    idle_seconds: float = 620.0
    drain_seconds: float = 5.0
    api_keys: tuple[str, ...] = ()
    api_keys_file: str = ""
    admin_port: int = 0
    workers: int = 1
    log_level: str = "info"
    metrics_prefix: str = ""
    drift_window: int = 1000
    feedback_rows: int = 100_000
    prediction_log: str = ""
    prediction_log_bytes: int = 64 * 1024 * 1024
    prediction_log_files: int = 10
    access_log: bool = False


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
        "NBFORGE_MAX_WAIT_SECONDS",
        "max_wait_seconds",
        seconds,
        "a number of seconds, 0 or more",
        "Longest that a request may be expected to wait for the model, by what calls have cost so far (but always two "
        "calls); beyond it the answer is 503 with `Retry-After`.",
    ),
    Setting(
        "NBFORGE_MAX_HELD_BYTES",
        "max_held_bytes",
        whole(1, BIG),
        "a positive whole number of bytes, at least NBFORGE_MAX_BODY_BYTES",
        "Most bytes of bodies that are held together; beyond it the answer is 503 with `Retry-After`.",
    ),
    Setting(
        "NBFORGE_MAX_CONNECTIONS",
        "max_connections",
        whole(1, 1_000_000),
        "a whole number, 1 to 1000000",
        "Most connections of a worker, and of open files that the process may have; one more is told 503 and closed, "
        "but for 64 that may ask for `/health`.",
    ),
    Setting(
        "NBFORGE_HEAD_SECONDS",
        "head_seconds",
        seconds,
        "a number of seconds, 0 or more",
        "How long a client may take for the head of a request, from its first byte; then 408.",
    ),
    Setting(
        "NBFORGE_BODY_SECONDS",
        "body_seconds",
        seconds,
        "a number of seconds, 0 or more",
        "How long a client may take to send a body (then 408) or to take an answer.",
    ),
    Setting(
        "NBFORGE_IDLE_SECONDS",
        "idle_seconds",
        seconds,
        "a number of seconds, 0 or more",
        "How long a connection may stay open without a request; keep it above the gateway's own. "
        "Where three quarters of the connections are taken, it is `NBFORGE_HEAD_SECONDS` at most.",
    ),
    Setting(
        "NBFORGE_DRAIN_SECONDS",
        "drain_seconds",
        seconds,
        "a number of seconds, 0 or more",
        "After SIGTERM: how long requests are still served while readiness is off, before the listener closes.",
    ),
    Setting(
        "NBFORGE_API_KEYS",
        "api_keys",
        key_list,
        f"{KEYS}, separated by commas",
        "Keys, one of which a request must bring (`X-API-Key`, or `Authorization: Bearer`); probes need none.",
    ),
    Setting(
        "NBFORGE_API_KEYS_FILE",
        "api_keys_file",
        key_file,
        f"a file of {KEYS}, one a line",
        "More keys; the file is read again within seconds of a change.",
    ),
    Setting(
        "NBFORGE_ADMIN_PORT",
        "admin_port",
        whole(1, 65535),
        "a port, 1 to 65535, other than NBFORGE_PORT",
        "Port of their own for `/metrics`, `/model/drift`, `/docs` and `/openapi.json`, which need no key there; "
        "unset: they are on NBFORGE_PORT.",
    ),
    Setting(
        "NBFORGE_WORKERS",
        "workers",
        whole(1, 64),
        "a whole number, 1 to 64",
        "Processes that serve; a worker's thread pools get its share of the CPUs that the container may use. "
        "TensorFlow and JAX serve with one.",
    ),
    Setting(
        "NBFORGE_LOG_LEVEL",
        "log_level",
        level,
        "one of " + ", ".join(LEVELS),
        "Least severe message that is logged (JSON, one line each, on standard error).",
    ),
    Setting(
        "NBFORGE_DRIFT_WINDOW",
        "drift_window",
        whole(50, BIG),
        "a whole number of rows, at least 50",
        "Rows of a window that is compared with training; the windows of all workers are one.",
    ),
    Setting(
        "NBFORGE_FEEDBACK_ROWS",
        "feedback_rows",
        whole(0, 100_000_000),
        "a whole number of rows",
        "Predictions that a worker remembers until their truth is told (`POST /feedback`), 33 bytes each; 0: none.",
    ),
    Setting(
        "NBFORGE_PREDICTION_LOG",
        "prediction_log",
        str,
        "a directory",
        "When set, rows and their predictions are logged there; it is made where it is missing.",
    ),
    Setting(
        "NBFORGE_PREDICTION_LOG_BYTES",
        "prediction_log_bytes",
        whole(1024, BIG),
        "a whole number of bytes, at least 1024",
        "Size of a file of the prediction log.",
    ),
    Setting(
        "NBFORGE_PREDICTION_LOG_FILES",
        "prediction_log_files",
        whole(1, 10_000),
        "a whole number, 1 to 10000",
        "Files of the prediction log that a worker keeps; the oldest goes first.",
    ),
    Setting(
        "NBFORGE_ACCESS_LOG",
        "access_log",
        switch,
        "on or off",
        "Whether each request is logged: method, route, status, seconds and ids.",
    ),
    Setting(
        "S2I_APP_METRICS_PREFIX",
        "metrics_prefix",
        metric_prefix,
        "a Prometheus name",
        "When set, nachlass's own metrics are published too, under this prefix.",
    ),
)


_ORDER = (("max_queue_rows", "max_rows", 2), ("max_held_bytes", "max_body_bytes", 16))
"""Limits that may not be smaller than others, and times what they are by default then."""


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
    if "admin_port" in values and values["admin_port"] == values.get("port", Settings().port):
        wrong.append("NBFORGE_ADMIN_PORT must be another port than NBFORGE_PORT")
    if not wrong:
        for greater, lesser, factor in _ORDER:
            wrong += _in_order(values, greater, lesser, factor)
    if wrong:
        raise SettingsError("; ".join(wrong))
    return Settings(**values)  # type: ignore[arg-type]


def _in_order(values: dict[str, object], greater: str, lesser: str, factor: int) -> list[str]:
    """What is wrong where a limit is below another that it contains; a default follows instead."""
    settings = Settings(**values)  # type: ignore[arg-type]
    if getattr(settings, greater) >= getattr(settings, lesser):
        return []
    if greater in values:
        variables = {setting.field: setting.variable for setting in TABLE}
        return [f"{variables[greater]} must be at least {variables[lesser]}"]
    values[greater] = factor * getattr(settings, lesser)
    return []


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
