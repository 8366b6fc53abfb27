"""Running uv, and saying what went wrong when it does. Nothing else starts it."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from nbforge.environments import settings
from nbforge.errors import EnvironmentFailure

_NETWORK: Final = re.compile(
    r"Failed to fetch|error sending request|dns error|failed to lookup"
    r"|Connection (refused|reset)|timed out|tcp connect error",
    re.IGNORECASE,
)
_CERTIFICATE: Final = re.compile(r"invalid peer certificate|UnknownIssuer|certificate verify", re.IGNORECASE)
_CREDENTIALS: Final = re.compile(r"\b(401 Unauthorized|403 Forbidden)\b")
_MISSING: Final = re.compile(
    r"(?:no version of|there are no versions of) ([A-Za-z0-9._-]+(?:\[[^\]]*\])?(?:==[^\s,]+)?)"
)
_NOT_FOUND: Final = re.compile(r"([A-Za-z0-9._-]+) was not found in the (?:package registry|provided)")
_NO_WHEEL: Final = re.compile(r"([A-Za-z0-9._-]+==[^\s,]+) has no (?:usable wheels|wheels with)")
_MAKE_A_WHEEL: Final = (
    "Where it is all Python, make its wheel, `pip wheel {} --no-deps -w wheels`, and build with "
    '`UV_FIND_LINKS="$PWD/wheels"`. '
)
_URL: Final = re.compile(r"\b(?:https?|file)://[^\s`'\")>]+")
_DISK: Final = re.compile(r"No space left on device|os error 28")


def run(arguments: Sequence[str], *, doing: str, cwd: Path | None = None, offline: bool = False) -> str:
    """Run ``uv`` with the user's own package settings and return what it prints.

    Args:
        arguments: uv's subcommand and its options.
        doing: the sentence's end in "could not ...", such as ``"make the lock"``.
        cwd: where relative paths of requirement files start.
        offline: answer from uv's cache alone.

    Raises:
        EnvironmentFailure: uv failed; the message names the host or the distribution, never an address or a password.
    """
    environment = settings.variables()
    # uv would read the project's own settings around the working directory, which is not what is being asked for here.
    command = [binary(), *arguments, "--quiet", *(["--offline"] if offline else [])]
    try:
        done = subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True, check=False)
    except OSError as error:
        raise EnvironmentFailure(
            f"could not {doing}: uv does not start ({error.strerror})", remedy="Install it again: pip install uv"
        ) from error
    if done.returncode:
        raise failure(doing, done.stderr, environment)
    return done.stdout


@cache
def binary() -> str:
    """The path of the uv that is installed with nbforge."""
    from uv import find_uv_bin

    try:
        return os.fspath(find_uv_bin())
    except FileNotFoundError as error:
        raise EnvironmentFailure("uv is not installed", remedy="Install it: pip install uv") from error


def failure(doing: str, stderr: str, environ: Mapping[str, str]) -> EnvironmentFailure:
    """What uv's message means to a user: unreachable index, certificate, credentials, missing distribution, or the
    rest.
    """
    detail = redact(stderr, environ)
    host = next(iter(_hosts(stderr)), "the package index")
    if _DISK.search(stderr):
        return EnvironmentFailure(
            f"could not {doing}: the disk is full",
            remedy="Free some space and run it again.",
            code="disk-full",
            detail=detail,
        )
    if _CERTIFICATE.search(stderr):
        return EnvironmentFailure(
            f"could not {doing}: the certificate of {host} is not trusted",
            remedy="Name your certificate authority's file in SSL_CERT_FILE or in pip's `cert` setting.",
            code="index-certificate",
            name=host,
            detail=detail,
        )
    if _CREDENTIALS.search(stderr):
        return EnvironmentFailure(
            f"could not {doing}: {host} refuses these credentials",
            remedy="Check the credentials for this index in pip's or uv's settings or in ~/.netrc.",
            code="index-credentials",
            name=host,
            detail=detail,
        )
    if _NETWORK.search(stderr):
        return EnvironmentFailure(
            f"could not {doing}: {host} cannot be reached ({_reason(stderr)})",
            remedy="Check the network, proxy and index settings and run it again; nothing is trained twice.",
            code="index-unreachable",
            name=host,
            detail=detail,
        )
    return _unresolvable(doing, stderr, detail)


def redact(text: str, environ: Mapping[str, str]) -> str:
    """``text`` with every address cut down to its host, and without the indexes' user names and passwords."""
    cut = _URL.sub(lambda found: f"<{_host(found.group())}>", text)
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL"):
        for secret in re.findall(r"://([^/@\s]+)@", environ.get(name, "")):
            for part in secret.split(":"):
                cut = cut.replace(part, "***") if len(part) > 3 else cut
    return cut.strip()


def _unresolvable(doing: str, stderr: str, detail: str) -> EnvironmentFailure:
    another = "Install a version that the index has as a wheel, or name an index that has this one."
    for pattern, what, remedy in (
        (_NO_WHEEL, "has no wheel for this Python and platform", _MAKE_A_WHEEL + another),
        (_MISSING, "is not on the package index", another),
        (_NOT_FOUND, "is not on the package index", another),
    ):
        found = pattern.search(" ".join(stderr.split()))
        if found:
            name = found.group(1)
            return EnvironmentFailure(
                f"could not {doing}: {name} {what}",
                remedy=remedy.format(name),
                code="distribution-missing",
                name=name,
                detail=detail,
            )
    lines = [line.strip() for line in detail.splitlines() if line.strip()]
    reason = next((line.removeprefix("cause:").strip() for line in lines if "cause" in line.lower()), "")
    first = lines[0].removeprefix("error:").strip() if lines else "uv gave no reason"
    return EnvironmentFailure(
        f"could not {doing}: {first}{': ' + reason if reason else ''}",
        remedy="See the details; `uv pip` with the same requirements shows the same problem.",
        code="unresolvable",
        detail=detail,
    )


def _reason(stderr: str) -> str:
    lowered = stderr.lower()
    for words, said in (
        ("connection refused", "connection refused"),
        ("connection reset", "connection reset"),
        ("dns error", "its name is unknown"),
        ("failed to lookup", "its name is unknown"),
        ("timed out", "timed out"),
    ):
        if words in lowered:
            return said
    return "no answer"


def _hosts(text: str) -> list[str]:
    return [host for host in (_host(url) for url in _URL.findall(text)) if host]


def _host(url: str) -> str:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        return (parts.hostname or parts.scheme) + (f":{parts.port}" if parts.port else "")
    except ValueError:
        return "the package index"
