"""Logs: one JSON object a line on standard error, with no request's data in it."""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
from datetime import UTC, datetime

from nbforge.runtime import identity
from nbforge.runtime.logwriter import LogWriter

LOGGER = logging.getLogger("nbforge.service")

_FIELDS = (
    *("event", "error", "at", "method", "route", "status", "seconds", "model", "version", "host", "port"),
    *("worker", "reason", "times"),
)


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON. Of an exception only type and place are written: its text may quote a row."""

    def format(self, record: logging.LogRecord) -> str:
        """See :meth:`logging.Formatter.format`."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        caller = identity.CURRENT.get()
        if caller.request:
            line["request_id"] = caller.request
        if caller.trace:
            line["trace_id"] = caller.trace
        line.update({name: getattr(record, name) for name in _FIELDS if hasattr(record, name)})
        if record.exc_info and record.exc_info[1] is not None:
            line.update(describe(record.exc_info[1]))
        return json.dumps(line, ensure_ascii=False, default=str)


def describe(error: BaseException) -> dict[str, object]:
    """Type of an exception and where it was raised, innermost first; never its text."""
    frames = traceback.extract_tb(error.__traceback__)[-5:]
    return {
        "error": type(error).__name__,
        "at": [f"{each.filename}:{each.lineno} {each.name}" for each in frames[::-1]],
    }


def configure(level: str) -> LogWriter:
    """Send everything that logs in this process, uvicorn too, through one handler."""
    # Without a standard error its number may be any connection's.
    handler = LogWriter(sys.stderr.fileno() if sys.stderr else os.open(os.devnull, os.O_WRONLY))
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # What uvicorn tells about an ordinary start and stop, the service tells in events of its own.
    logging.getLogger("uvicorn.error").setLevel(max(root.level, logging.WARNING))
    # It quotes what clients sent, a line for each form that is broken.
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)
    return handler
