"""Clients that offer another protocol are served in the one that they speak: a server may overlook the offer (RFC 9110,
7.8).

Java's client offers HTTP/2 with every request until it knows better, and uvicorn's parser leaves HTTP/1.1 at the end of
a head that holds an offer, and with it the body.
"""

from __future__ import annotations

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_OFFERS = {b"upgrade", b"http2-settings"}
"""Headers, and tokens of ``Connection``."""


class OneProtocol(HttpToolsProtocol):
    """uvicorn's connection, which parses a head with an offer once more, without it."""

    def data_received(self, data: bytes) -> None:
        """See uvicorn."""
        while data:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as stopped:
                method, data = self.parser.get_method(), data[stopped.args[0] :]
                if method == b"CONNECT":
                    self.send_400_response("")
                    return
                data = self._without_offers(method) + data
                self.parser = httptools.HttpRequestParser(self)
                self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does
            except httptools.HttpParserError:
                self.send_400_response("")
                return
            else:
                return

    def will_come_again(self) -> bool:
        """Whether the head that was just read holds an offer, and so will be read again."""
        return bool(self.parser.should_upgrade())

    def _without_offers(self, method: bytes) -> bytes:
        lines = [b"%b %b HTTP/%b" % (method, self.url, self.parser.get_http_version().encode())]
        for name, value in self.headers:
            if name == b"connection":
                kept = [token for token in value.split(b",") if token.strip().lower() not in _OFFERS]
                lines.append(b"connection: " + b",".join(kept))
            elif name not in _OFFERS:
                lines.append(name + b": " + value)
        return b"\r\n".join([*lines, b"", b""])
