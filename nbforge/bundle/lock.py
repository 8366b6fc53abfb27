"""The lock: the exact distributions, by hash, that scoring imports and the service needs."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nbforge.environments import cache, installer, interpreter, proof, settings, tracing
from nbforge.errors import EnvironmentFailure, ProofError
from nbforge.values import Environment

_HERE: Final = Path(__file__).resolve().parent
_RUNTIME: Final = _HERE.parent / "runtime" / "requirements.txt"
_PREFERRED: Final = _HERE / "preferred.txt"
_TABLE: Final = _HERE / "left_out.toml"
_PIN: Final = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)
_FORMATS: Final = {"arrow": "pyarrow>=17"}
_TRACING: Final = ("opentelemetry-sdk>=1.28", "opentelemetry-exporter-otlp-proto-http>=1.28")
_NAME: Final = re.compile(r"^[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Lock:
    """A resolved lock.

    ``text`` is what ``requirements.lock`` holds: sorted, every line with its hashes, no address, no path.
    ``distributions`` are
    ``{"name", "version"}`` of each; ``excluded`` are those left out although something declares them, with the reason.
    """

    text: str
    python: str
    distributions: tuple[Mapping[str, str], ...]
    excluded: tuple[Mapping[str, str], ...] = ()


def make(service_root: Path, environment: Environment, overlay: Path, extra_imports: Sequence[str] = ()) -> Lock:
    """Trace what scoring imports, and resolve that and the service's own requirements.

    What scoring imports keeps the training environment's exact version. The result is kept as long as nothing that it
    was made
    from changes, so a second build costs a look-up.

    Args:
        service_root: the bundle as far as it is laid out: ``bundle.json``, ``contract.json``, ``artifacts/``,
            ``service/`` and, for the
            rows to score, ``evidence/proof.json``.
        environment: where the notebook ran.
        overlay: what its kernel had besides.
        extra_imports: modules that scoring needs in ways that a trace of these rows does not show.

    Raises:
        ProofError: the bundle cannot score in a fresh process of the training environment.
        EnvironmentFailure: a distribution is a local project, is not on the index, or the index is out of reach.
    """
    table = tomllib.loads(_TABLE.read_text("utf-8"))
    used = _trace(service_root, environment, overlay, extra_imports, table)
    _refuse_local(used)
    facts = interpreter.ask(environment.python)
    target = installer.platform_of(facts)
    pins = [f"{each.name}=={each.version}" for each in used.used]
    names = {each.name for each in used.used}
    excluded = [entry for entry in table["declared"] if entry["distribution"] not in names]
    left_out = [entry["distribution"] for entry in excluded]
    asked = [*_lines(_RUNTIME), *_of_formats(service_root), *_of_tracing(service_root), *pins]
    preferred = _preferred(used.installed)
    key = cache.key("1", asked, preferred, left_out, target.options(), _index_settings())
    resolved = str(
        cache.value("locks", key, lambda: installer.compile_lock(asked, target, preferred=preferred, excluded=left_out))
    )
    text = proof.header(facts.minor) + _clean(resolved)
    tracing.remember(text, used)
    return Lock(
        text=text,
        python=facts.minor,
        distributions=tuple({"name": name, "version": version} for name, version in _PIN.findall(text)),
        excluded=tuple(
            {"name": entry["distribution"], "reason": entry["reason"]}
            for entry in excluded
            if entry["distribution"] in used.installed
        ),
    )


def _of_formats(root: Path) -> list[str]:
    """What the formats of requests need that this bundle accepts besides."""
    contract = json.loads((root / "contract.json").read_bytes())
    return [_FORMATS[name] for name in contract.get("formats", ())]


def _of_tracing(root: Path) -> tuple[str, ...]:
    manifest = json.loads((root / "bundle.json").read_bytes())
    return _TRACING if manifest.get("tracing") else ()


def _trace(
    root: Path, environment: Environment, overlay: Path, imports: Sequence[str], table: Mapping[str, Any]
) -> tracing.Trace:
    optional, framing = ([entry["module"] for entry in table[name]] for name in ("withheld", "framing"))
    attempts = [optional] if _takes_frames(root) else [[*optional, *framing], optional]
    for withheld in attempts:
        with suppress(ProofError):
            return tracing.trace(root, environment, overlay=overlay, imports=imports, withheld=withheld)
    return tracing.trace(root, environment, overlay=overlay, imports=imports)


def _takes_frames(root: Path) -> bool:
    """Whether the service builds frames or series of pandas for what it calls."""
    from nbforge.runtime.shortcuts import ARRAY, COLUMNS

    manifest, contract = (json.loads((root / name).read_bytes()) for name in ("bundle.json", "contract.json"))
    if manifest.get("validate"):
        return True
    bare = {ARRAY, COLUMNS} & set(manifest["entry"].get("shortcuts", ()))
    return not bare and contract.get("frame", {}).get("kind", "dataframe") in ("dataframe", "series")


def _refuse_local(used: tracing.Trace) -> None:
    """Local projects and checkouts are on no index: nobody else could install the lock.

    Raises:
        EnvironmentFailure: names the first.
    """
    for each in used.used:
        if each.source in {"directory", "repository"}:
            raise EnvironmentFailure(
                f"scoring imports {each.name}, which was installed from a {each.source} and is on no package index",
                remedy="Publish it as a wheel (find-links may name a folder), or put its modules beside the notebook.",
                code="local-distribution",
                name=each.name,
            )
    if used.unowned:
        module = Path(used.unowned[0]).name
        raise EnvironmentFailure(
            f"scoring imports `{module}`, which belongs to no installed distribution",
            remedy="Put it beside the notebook, so that it is copied into the service, or install it as a wheel.",
            code="local-distribution",
            name=module,
            detail="\n".join(used.unowned),
        )


def _preferred(installed: Mapping[str, str]) -> list[str]:
    """Versions to take where there is a choice: nbforge's own for the service, the training environment's for the
    rest.
    """
    ours = _lines(_PREFERRED)
    names = {tracing.normalised(name) for line in ours for name in _NAME.findall(line)}
    return [*ours, *(f"{name}=={version}" for name, version in installed.items() if name not in names)]


def _index_settings() -> str:
    """A digest of the settings that say where wheels come from: another index may answer with other hashes."""
    variables = settings.variables()
    names = sorted(name for name in variables if name.startswith("UV_"))
    return cache.key(
        [(name, variables[name]) for name in names], [file.read_text("utf-8") for file in settings.constraints()]
    )


def _clean(resolved: str) -> str:
    """Without comments and option lines, which could hold an address."""
    kept = [
        line
        for line in resolved.splitlines()
        if line.strip() and not line.lstrip().startswith(("#", "-i", "--index", "--extra", "--find"))
    ]
    return "\n".join(kept) + "\n"


def _lines(file: Path) -> list[str]:
    return [line for line in file.read_text("utf-8").splitlines() if line and not line.startswith("#")]
