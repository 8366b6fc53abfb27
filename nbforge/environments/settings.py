"""The user's own package settings, said in uv's words.

uv reads neither ``pip.conf`` nor ``PIP_*`` and brings its own certificate roots, so what pip would honour (indexes,
links,
certificates, proxies, trusted hosts) is put into uv's environment variables: never on a command line, where an index's
password would show in the process list. ``UV_*`` and ``uv.toml`` that the user has written win; ``.netrc`` uv reads
itself.
"""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from nbforge.environments import pipconf

_TRUE: Final = frozenset({"1", "true", "yes", "on", "y", "t"})
_UV_INDEX: Final = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_NO_INDEX")
_TOML_INDEX: Final = frozenset({"index", "index-url", "extra-index-url", "no-index"})


def variables(environ: Mapping[str, str] | None = None, prefix: Path | None = None) -> dict[str, str]:
    """The environment for uv: the process's own, and what pip's settings add to it.

    Args:
        environ: instead of the process's environment.
        prefix: instead of the running interpreter's virtual environment.
    """
    environ = os.environ if environ is None else environ
    active = Path(environ.get("VIRTUAL_ENV") or sys.prefix)
    pip = pipconf.read(environ, prefix or active)
    toml = _toml(environ)
    added = {**_network(pip, environ), **_certificates(pip, environ)}
    if not (any(environ.get(name) for name in _UV_INDEX) or _TOML_INDEX & toml):
        added |= _indexes(pip)
    if "find-links" in pip and "find-links" not in toml:
        added["UV_FIND_LINKS"] = ",".join(str(_local(link)) for link in pip["find-links"].split())
    if pip.get("keyring-provider") == "subprocess":
        added["UV_KEYRING_PROVIDER"] = "subprocess"
    if pip.get("pre", "").lower() in _TRUE:
        added["UV_PRERELEASE"] = "allow"
    # uv's progress bars and colours are for terminals; the venv that happens to be active is never the one meant.
    kept = {name: text for name, text in environ.items() if name not in {"VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH"}}
    return {**added, **kept, "UV_NO_PROGRESS": "1", "NO_COLOR": "1"}


def constraints(environ: Mapping[str, str] | None = None, prefix: Path | None = None) -> tuple[Path, ...]:
    """The user's constraint files (pip's ``constraint``) that exist; they bind resolutions, not installs from a
    lock.
    """
    environ = os.environ if environ is None else environ
    pip = pipconf.read(environ, prefix or Path(environ.get("VIRTUAL_ENV") or sys.prefix))
    files = (Path(name).expanduser() for name in pip.get("constraint", "").split())
    return tuple(file for file in files if file.is_file())


def no_index(environ: Mapping[str, str] | None = None, prefix: Path | None = None) -> bool:
    """Whether the user forbids asking an index at all."""
    environ = os.environ if environ is None else environ
    pip = pipconf.read(environ, prefix or Path(environ.get("VIRTUAL_ENV") or sys.prefix))
    return pip.get("no-index", "").lower() in _TRUE


def _indexes(pip: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    if "index-url" in pip:
        found["UV_DEFAULT_INDEX"] = pip["index-url"]
    if "extra-index-url" in pip:
        found["UV_INDEX"] = " ".join(pip["extra-index-url"].split())
    if found:
        # pip takes the best version that any index has; uv's default would stop at the first index that knows the name.
        found["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return found


def _network(pip: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    if "trusted-host" in pip:
        found["UV_INSECURE_HOST"] = " ".join(pip["trusted-host"].split())
    if "proxy" in pip and not _has(environ, ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")):
        proxy = pip["proxy"] if "://" in pip["proxy"] else f"http://{pip['proxy']}"
        found |= {"HTTPS_PROXY": proxy, "HTTP_PROXY": proxy}
    timeout = pip.get("timeout") or pip.get("default-timeout")
    if timeout:
        found["UV_HTTP_TIMEOUT"] = str(max(1, round(float(timeout)))) if _is_number(timeout) else "30"
    if pip.get("retries", "").isdigit():
        found["UV_HTTP_RETRIES"] = pip["retries"]
    return found


def _certificates(pip: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """Pip's order: its own setting, then what requests and curl read, then the system's store."""
    found: dict[str, str] = {}
    if "client-cert" in pip:
        found["SSL_CLIENT_CERT"] = str(Path(pip["client-cert"]).expanduser())
    bundle = pip.get("cert") or environ.get("REQUESTS_CA_BUNDLE") or environ.get("CURL_CA_BUNDLE")
    if environ.get("SSL_CERT_FILE"):
        return found
    if bundle:
        found["SSL_CERT_FILE"] = str(Path(bundle).expanduser())
    elif not environ.get("SSL_CERT_DIR"):
        found["UV_SYSTEM_CERTS"] = "1"
        found["UV_NATIVE_TLS"] = "1"  # the same, for uv before it was renamed
    return found


def _toml(environ: Mapping[str, str]) -> set[str]:
    """The keys of the ``uv.toml`` that uv will read, those of its ``[pip]`` table among them."""
    if environ.get("UV_NO_CONFIG", "").lower() in _TRUE:
        return set()
    home = environ.get("XDG_CONFIG_HOME") or Path(environ.get("HOME") or Path.home(), ".config")
    files = [Path(environ["UV_CONFIG_FILE"])] if environ.get("UV_CONFIG_FILE") else []
    files += [Path(home, "uv/uv.toml"), Path("/etc/uv/uv.toml")]
    keys: set[str] = set()
    for file in files:
        try:
            table = tomllib.loads(file.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
            continue
        keys |= set(table) | set(table.get("pip", {}))
    return keys


def _local(link: str) -> str | Path:
    return link if "://" in link else Path(link).expanduser().absolute()


def _has(environ: Mapping[str, str], names: Iterable[str]) -> bool:
    return any(environ.get(name) or environ.get(name.lower()) for name in names)


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()
