"""Spans of requests, sent to a receiver on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from nbforge.runtime import tracing
from nbforge.runtime.settings import Settings
from tests.runtime_service.conftest import running
from tests.support import bundles

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
LOAN = {"amount": 12.0, "months": 12, "start": "2025-06-01T00:00:00"}


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    received: list[bytes] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield received
        server.shutdown()
        thread.join()


def test_each_request_is_a_span_of_its_clients_trace(receiver: list[bytes], tmp_path: Path) -> None:
    pytest.importorskip("opentelemetry.sdk", reason="`make setup` installs it")
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    root = bundles.build("loan", tmp_path / "bundle", tracing=True)
    headers = {"traceparent": f"00-{TRACE}-{PARENT}-01", "X-Request-Id": "q-7"}
    with running(root, Settings()) as service:
        assert service.predict(LOAN, headers=headers).status_code == 200
        assert service.predict({**LOAN, "amount": 13.0}).status_code == 500
    exported = [ExportTraceServiceRequest.FromString(each) for each in receiver]
    scopes = [scope for each in exported for resource in each.resource_spans for scope in resource.scope_spans]
    good, bad = [span for scope in scopes for span in scope.spans]
    assert (good.name, good.trace_id.hex(), good.parent_span_id.hex()) == ("POST /predict", TRACE, PARENT)
    attributes = {each.key: each.value for each in good.attributes}
    assert attributes["http.request.method"].string_value == "POST"
    assert attributes["http.route"].string_value == "/predict"
    assert attributes["http.response.status_code"].int_value == 200
    assert attributes["server.port"].int_value == service.port
    assert attributes["nbforge.request_id"].string_value == "q-7"
    assert {each.key: each.value for each in bad.attributes}["error.type"].string_value == "500"
    assert bad.status.code == 2
    assert not bad.parent_span_id
    resource = {each.key: each.value.string_value for each in exported[0].resource_spans[0].resource.attributes}
    assert resource["service.name"] == "loan"
    assert b"unlucky" not in b"".join(receiver)


def test_tracing_is_off_unless_the_bundle_was_built_with_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    root = bundles.build("loan", tmp_path / "bundle")
    manifest = json.loads((root / "bundle.json").read_bytes())
    assert tracing.begin(manifest) is None
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    assert tracing.begin({**manifest, "tracing": True}) is None
