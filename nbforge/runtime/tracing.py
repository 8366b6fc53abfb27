"""OpenTelemetry: a span for each request, by the HTTP semantic conventions, sent by OTLP over HTTP.

For bundles that were built with ``tracing = true``. Where spans go, how many and under which name is OpenTelemetry's
own affair: its environment variables (``OTEL_...``) hold.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from starlette.types import Scope

from nbforge.runtime.logs import LOGGER

_METHODS = frozenset(("GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT"))
_CONTEXT = (b"traceparent", b"tracestate")


class Tracing:
    """Makes spans, in the process that it was made in: its exporter is a thread."""

    def __init__(self, name: str, version: str) -> None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.trace import SpanKind, Status, StatusCode
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        named = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": name}
        self._provider = TracerProvider(resource=Resource.create({**named, "service.version": version}))
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("nbforge")
        self._propagator = TraceContextTextMapPropagator()
        self._server, self._failed = SpanKind.SERVER, Status(StatusCode.ERROR)

    def start(self, scope: Scope, route: str) -> Any:
        """The span of a request; its parent is the client's, where it says so."""
        carrier = {name.decode(): value.decode("latin-1") for name, value in scope["headers"] if name in _CONTEXT}
        method = scope["method"] if scope["method"] in _METHODS else "_OTHER"
        return self._tracer.start_span(
            f"{method if method != '_OTHER' else 'HTTP'} {route}",
            context=self._propagator.extract(carrier),
            kind=self._server,
            attributes=_attributes(scope, route, method),
        )

    def end(self, span: Any, status: int, request: str) -> None:
        """End the span of a request."""
        span.set_attribute("http.response.status_code", status)
        span.set_attribute("nbforge.request_id", request)
        if status >= 500:
            span.set_attribute("error.type", str(status))
            span.set_status(self._failed)
        span.end()

    def stop(self) -> None:
        """Send what is not sent yet."""
        self._provider.shutdown()


def trace_of(span: Any) -> str:
    """The trace that a span belongs to, as ``traceparent`` writes it."""
    return format(span.get_span_context().trace_id, "032x")


def begin(manifest: Mapping[str, Any]) -> Tracing | None:
    """Tracing for a bundle that was built with it, or ``None``; a log line says where it is wanted and not there."""
    if not manifest.get("tracing") or os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    try:
        return Tracing(str(manifest["name"]), str(manifest["version"]))
    except ImportError:
        told = "Tracing is off: opentelemetry-sdk and opentelemetry-exporter-otlp-proto-http are not installed."
        LOGGER.warning(told, extra={"event": "tracing"})
        return None


def _attributes(scope: Scope, route: str, method: str) -> dict[str, Any]:
    found = {
        "http.request.method": method,
        "http.route": route,
        "url.path": scope["path"],
        "url.scheme": scope["scheme"],
        "network.protocol.version": scope["http_version"],
    }
    if scope.get("server"):
        found["server.address"], found["server.port"] = scope["server"][:2]
    return found
