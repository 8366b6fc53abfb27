"""The command, the environment variables and the settings that a kernel is started with."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbforge.values import Environment

_CREDENTIAL_WORDS = frozenset(
    {"TOKEN", "TOKENS", "SECRET", "SECRETS", "PASSWORD", "PASSWORDS", "PASSWD", "PASSPHRASE", "PASS", "PWD", "AUTH"}
    | {"CREDENTIAL", "CREDENTIALS", "KEY", "KEYS", "APIKEY"}
)
_NOT_CREDENTIALS = frozenset({"PWD", "OLDPWD", "SSH_AUTH_SOCK", "XAUTHORITY"})
_URL_WITH_PASSWORD = re.compile(r"://[^/@\s:]*:[^/@\s]+@")


@dataclass(frozen=True, slots=True)
class Launch:
    """Everything that starts one kernel. ``log`` gets what the process prints outside of cells."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    working_directory: Path
    connection_file: Path
    log: Path
    replies: Path
    start_timeout: int


def looks_like_credential(name: str, value: str = "") -> bool:
    """Whether a variable is kept from the kernel unless ``--env`` names it.

    By its name (``AWS_SECRET_ACCESS_KEY``, ``GITHUB_TOKEN``, ``DB_PASSWORD``), or because its value is a URL with a
    password in it (``PIP_INDEX_URL``, ``DATABASE_URL``); of the latter, proxies are exempt: the notebook may need one
    for its data.
    """
    upper = name.upper()
    if upper in _NOT_CREDENTIALS:
        return False
    if _CREDENTIAL_WORDS & set(upper.split("_")) or upper.endswith(("TOKEN", "SECRET", "PASSWORD", "APIKEY")):
        return True
    return not upper.endswith("_PROXY") and bool(_URL_WITH_PASSWORD.search(value))


def kernel_environment(
    environment: Environment, host: Mapping[str, str], passed: Collection[str], extra: Mapping[str, str]
) -> dict[str, str]:
    """The kernel's environment variables: the host's without credentials, those of ``--env``, and ``extra``.

    Plots go to memory and hashes of text are stable unless the user says otherwise, so that two runs of a notebook
    with the same seeds are the same run. Programs of the training environment come first on ``PATH``, for ``!pip``
    and ``!python``.
    """
    wanted = (name for name, value in host.items() if name in passed or not looks_like_credential(name, value))
    variables = {name: host[name] for name in wanted}
    variables.setdefault("MPLBACKEND", "agg")
    variables.setdefault("PYTHONHASHSEED", "0")
    variables["PATH"] = os.pathsep.join([str(environment.python.parent), host.get("PATH", os.defpath)])
    return {**variables, **extra}


def prepare(
    environment: Environment,
    overlay: Path,
    scratch: Path,
    working_directory: Path,
    variables: Mapping[str, str],
    ignore: Sequence[Path],
    start_timeout: int,
) -> Launch:
    """Write the kernel's settings into ``scratch`` and say how to start it.

    ``scratch`` is a private folder for this kernel: connection file (with its key), replies and log live there.
    ``ignore`` are folders whose files are no data of the user, besides ``scratch`` and ``overlay``.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    settings = scratch / "settings.json"
    told = {"ignore": [str(overlay), str(scratch), *map(str, ignore)], "keep": [str(working_directory)]}
    settings.write_text(json.dumps(told), encoding="utf-8")
    script = overlay / "nbforge" / "training" / "kernel" / "launch.py"
    return Launch(
        command=(
            str(environment.python),
            str(script),
            str(settings),
            "-f",
            "{connection_file}",
            "--HistoryManager.hist_file=:memory:",
        ),
        # The user's IPython profile is not part of the notebook: elsewhere, such as in CI, it does not exist.
        environment={**variables, "IPYTHONDIR": str(scratch / "ipython")},
        working_directory=working_directory,
        connection_file=scratch / "connection.json",
        log=scratch / "kernel.log",
        replies=scratch,
        start_timeout=start_timeout,
    )
