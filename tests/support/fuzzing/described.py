"""Cases that schemathesis makes of a service's own description, good ones and bad ones."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.fuzzing.raw import LONGEST_SECONDS

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
_SHARES = {"/predict": 0.5, "/v2/models/{name}/infer": 0.3}
_REST = 0.2


def run(url: str, document: dict[str, Any], name: str, cases: int, *, seeded: bool = True) -> int:
    """Send about ``cases`` cases, each operation its share, and hold every answer against the description.

    Args:
        url: where the service answers.
        document: its ``/openapi.json``.
        name: the model's, which half of the cases have in their path.
        cases: how many.
        seeded: whether a second run sends the same.

    Returns:
        How many were sent.

    Raises:
        AssertionError: no answer; or, schemathesis' own, one that is not as described, with the request that had it.
    """
    schema = schemathesis.openapi.from_dict(document)
    operations = [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)]
    rest = max(1, len(operations) - len(_SHARES))
    sent = 0
    with requests.Session() as session:

        def send(case: Any) -> None:
            nonlocal sent
            if "name" in (case.path_parameters or {}) and sent % 8:
                case.path_parameters["name"] = name
            sent += 1
            try:
                answer = case.call(base_url=url, session=session, timeout=LONGEST_SECONDS)
            except requests.RequestException as error:
                raise AssertionError(_unanswered(error, url)) from None
            case.validate_response(answer, checks=CHECKS)

        for operation in operations:
            share = _SHARES.get(operation.path, _REST / rest)
            # What takes no body cannot be asked wrongly: any text is a good name.
            bad = [GenerationMode.NEGATIVE] if operation.method == "post" else []
            for mode in (GenerationMode.POSITIVE, *bad):
                _fuzz(operation.as_strategy(generation_mode=mode), send, max(1, int(cases * share / 2)), seeded)
        # Where there is only one way to ask, there was one case.
        scoring = next(each for each in operations if each.path == "/predict")
        _fuzz(scoring.as_strategy(), send, max(1, cases - sent), seeded)
    return sent


def _unanswered(error: requests.RequestException, url: str) -> str:
    """What was sent, and whether the service answers others: a request that hangs is told from a service that does."""
    try:
        metrics = requests.get(f"{url}/metrics", timeout=LONGEST_SECONDS).text
        others = next((line for line in metrics.splitlines() if line.startswith("nbforge_requests_in_progress")), "")
    except requests.RequestException as more:
        others = repr(more)
    sent = error.request
    body = str(getattr(sent, "body", ""))[:2000]
    told = "" if sent is None else f"{sent.method} {sent.url} {dict(sent.headers)}\n{body}"
    return f"no answer: {error!r}; others: {others}\n{told}"


def _fuzz(strategy: Any, send: Callable[[Any], None], cases: int, seeded: bool) -> None:

    @settings(
        max_examples=cases,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        # What is wrong is told as it was sent: finding a smaller one would take as long again for each try.
        phases=[Phase.generate],
        derandomize=seeded,
        database=None,
        report_multiple_bugs=False,
    )
    @given(case=strategy)
    def fuzz(case: Any) -> None:
        send(case)

    with contextlib.suppress(Unsatisfiable):
        fuzz()
