"""Values that are handles to something outside the process: no file can hold them."""

from __future__ import annotations

import io
import socket
import types
from typing import Any

from nbforge.runtime.errors import FormatError


class HandleError(FormatError):
    """A value reaches a handle; no other format will do better."""


_CONNECTIONS = ("connection", "cursor", "session", "engine", "client")
_DATABASES = {
    "sqlite3", "psycopg2", "psycopg", "pymysql", "MySQLdb", "mysql", "sqlalchemy", "duckdb", "pyodbc", "oracledb",
    "cx_Oracle", "snowflake", "pymongo", "redis", "requests", "httpx", "aiohttp", "boto3", "botocore", "h5py",
}  # fmt: skip


def refusal(value: Any) -> str | None:
    """Why a value cannot be saved in principle, or ``None``."""
    if isinstance(value, types.ModuleType):
        return f"It is the module {value.__name__}, not a value."
    if isinstance(value, io.IOBase) and not isinstance(value, (io.BytesIO, io.StringIO)):
        return "It is an open file."
    if isinstance(value, socket.socket):
        return "It is a network connection."
    if isinstance(value, (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType)):
        return "It is a running generator or coroutine."
    if isinstance(value, (types.FrameType, types.TracebackType)):
        return "It is a part of the interpreter's stack."
    kind = type(value)
    if kind.__module__ in ("_thread", "threading", "multiprocessing.synchronize"):
        return f"It is a {kind.__name__}, which only this process has."
    package = kind.__module__.lstrip("_").partition(".")[0]
    if package in _DATABASES and any(word in kind.__name__.lower() for word in _CONNECTIONS):
        return f"It is a {kind.__module__}.{kind.__name__}: a connection, which only this process has."
    return None
