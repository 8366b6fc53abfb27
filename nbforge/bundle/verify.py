"""The proof: a fresh process with only the lock installed answers what the training kernel answered.

Nothing else makes a :class:`~nbforge.values.VerifiedBundle`, and only that becomes an image.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from nbforge.bundle import manifest, process, replay
from nbforge.bundle.assemble import write_json
from nbforge.bundle.client import Client
from nbforge.environments import proof
from nbforge.errors import ProofError
from nbforge.runtime import machine
from nbforge.runtime.answers import join
from nbforge.runtime.equality import same, tolerance
from nbforge.values import Bundle, Environment, Json, VerifiedBundle

_FACTS: Final = (
    "import json, sys; sys.path.insert(0, sys.argv[1]); "
    "from nbforge.runtime import machine; print(json.dumps(machine.facts()))"
)
SETTINGS: Final = {"NBFORGE_MAX_BODY_BYTES": str(1 << 30), "NBFORGE_MAX_ROWS": "10000", "NBFORGE_DRAIN_SECONDS": "0"}
"""What a service that is being proven is told: the proof's rows are one request, however wide they are."""
_ROUNDING: Final = 1e-3
"""Relative: rows that differ by less are told to differ by rounding."""
_DEPENDS: Final = "the notebook's own predictions for a row depend on the other rows of the request."
_LOOK_FOR: Final = (
    "Look for ranks, group means, shuffles or batch statistics in the predict and features cells, or set "
    "`rowwise = false` in [tool.nbforge]."
)
_ROUNDED: Final = (
    "the model is so sensitive that rounding shows: the notebook's own predictions for a row are others alone than "
    "among other rows."
)
_ROUND_LESS: Final = (
    "Scale what it is fitted on, take a lower degree, or regularise it (`Ridge` for `LinearRegression`); or set "
    "`rowwise = false` in [tool.nbforge], and requests are never merged."
)


def verify(directory: Path, hints: Sequence[str] = ()) -> VerifiedBundle:
    """Prove the bundle at ``directory`` here and now, from its files alone.

    Writes ``evidence/verification.json``, and ``openapi.json`` where the bundle has none yet: it is what the proven
    service says of itself.

    Args:
        directory: the bundle.
        hints: what the build knows about statements that may depend on other rows; shown when the proof fails.

    Raises:
        UsageError: there is no bundle.
        ProofError: a digest or an answer differs, or the service does not start.
        EnvironmentFailure: the lock cannot be installed.
    """
    bundle = manifest.load(directory)
    manifest.check_digests(bundle)
    recorded = load_proof(bundle)
    environment = environment_of(bundle)
    facts = _facts(bundle, environment)
    with process.running(bundle, environment, SETTINGS) as service:
        here: Mapping[str, Json] = json.loads(facts.communicate()[0] or "null") or {"cpu": None, "blas": []}
        exact = machine.alike(recorded.environment or {}, here)
        figures = _replay(bundle, recorded, service.url, exact, hints)
        if not (bundle.directory / "openapi.json").exists():
            write_json(bundle.directory / "openapi.json", _openapi(service.url))
    report = {
        "version": bundle.version,
        "equal": True,
        "proof": figures,
        "coverage": recorded.coverage,
        "recorded": recorded.environment,
        "here": here,
    }
    write_json(bundle.directory / "evidence" / "verification.json", report)
    return VerifiedBundle(bundle, report)


def prove_url(verified: VerifiedBundle, url: str) -> Mapping[str, Json]:
    """Prove the same bundle again where it runs elsewhere, such as in its container on this machine.

    Raises:
        ProofError: it is another version, or an answer differs.
    """
    bundle = verified.bundle
    with Client(url) as client:
        told = client.get("/model").json()
    if told.get("version") != bundle.version:
        raise ProofError(
            f"the service at {url} has version {told.get('version')}, not {bundle.version}.",
            remedy="Build the image again.",
            code="other-version",
        )
    exact = verified.report["proof"]["equal"] == "bits"
    return _replay(bundle, load_proof(bundle), url, exact)


def _replay(
    bundle: Bundle, recorded: replay.Proof, url: str, exact: bool, hints: Sequence[str] = ()
) -> dict[str, Json]:
    """A compiled model has other arithmetic: it is held to the tolerance that it was compiled within."""
    compiled = bundle.manifest.get("compiled")
    r = compiled["tolerance"] if compiled else None
    return replay.replay(recorded, url, exact and not compiled, bundle.manifest["rowwise"], hints, r)


def check_rowwise(
    capture: Mapping[str, Json], proof_file: Path, allowed: bool, notebook: str | None = None, cell: int | None = None
) -> None:
    """Refuse an entry point whose answers depend on the other rows, unless the project allows it.

    Args:
        capture: what the kernel found.
        proof_file: the answers of the training kernel.
        allowed: the project does.
        notebook: the file of the notebook that predicts.
        cell: where it does.

    Raises:
        ProofError: names the first row whose answer changes.
    """
    if capture["rowwise"] or allowed:
        return
    recorded = replay.Proof.from_json(json.loads(proof_file.read_text("utf-8")))
    apart = join(recorded.apart)
    together = recorded.together.rows(0, len(apart))
    differences = same(together, apart, exact=False, r=tolerance(together))
    first = (
        f" First row {differences[0].row}: {differences[0].expected!r} together, {differences[0].got!r} alone."
        if differences
        else ""
    )
    rounding = differences and not same(together, apart, exact=False, r=_ROUNDING)
    message, look = (_ROUNDED, _ROUND_LESS) if rounding else (_DEPENDS, _LOOK_FOR)
    raise ProofError(
        f"{message}{first}",
        remedy=" ".join([*capture.get("warnings", ()), look]),
        code="not-rowwise",
        notebook=notebook,
        cell=cell,
        name=differences[0].pointer if differences else None,
        detail="\n".join(map(str, differences[:20])),
    )


def load_proof(bundle: Bundle) -> replay.Proof:
    """The rows and answers that the bundle was built with.

    Raises:
        ProofError: they are missing or damaged.
    """
    file = bundle.directory / "evidence" / "proof.json"
    try:
        recorded = replay.Proof.from_json(json.loads(file.read_text("utf-8")))
        if recorded.rows:
            return recorded
        reason = "holds no rows"
    except (OSError, ValueError, KeyError, TypeError):
        reason = "is missing or damaged"
    raise ProofError(
        f"`evidence/proof.json` {reason}.", remedy="Build the bundle again.", code="no-proof", name="proof.json"
    )


def environment_of(bundle: Bundle) -> Environment:
    """The cached environment that holds the bundle's lock and nothing else; made if it is not there."""
    return proof.proof_environment(bundle.directory / "requirements.lock", bundle.manifest["lock"]["python"])


def _facts(bundle: Bundle, environment: Environment) -> subprocess.Popen[str]:
    """The machine as the proof's own numpy sees it, found while the service starts."""
    return subprocess.Popen(
        [str(environment.python), "-B", "-s", "-c", _FACTS, str(bundle.directory / "service")],
        env=process.environment_of("", 0, {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def _openapi(url: str) -> Json:
    with Client(url) as client:
        return client.get("/openapi.json").json()
