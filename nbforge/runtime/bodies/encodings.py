"""Compressed bodies (``Content-Encoding``), never larger than the limit that holds for plain ones."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from nbforge.runtime.problems import Refusal, syntax_refusal

ACCEPTED = "gzip, deflate, identity"
_GZIP = 16 + zlib.MAX_WBITS


def decompress(body: bytes, encoding: str, limit: int, too_large: Callable[[], Refusal]) -> bytes:
    """The body that was compressed.

    Args:
        body: as it was sent.
        encoding: the header's value.
        limit: most bytes that may come out; what would be more is never made.
        too_large: the refusal beyond that.

    Raises:
        Refusal: 400 for broken data, 413, 415 for another encoding or several.
    """
    kind = encoding.strip().lower()
    if kind in ("", "identity"):
        return body
    if kind in ("gzip", "x-gzip"):
        window = _GZIP
    elif kind == "deflate":
        window = zlib.MAX_WBITS if _has_header(body) else -zlib.MAX_WBITS
    else:
        detail = f"Bodies may be compressed once, by one of {ACCEPTED}."
        raise Refusal(415, detail, headers=(("accept-encoding", ACCEPTED),), reason="media_type")
    stream = zlib.decompressobj(window)
    try:
        plain = stream.decompress(body, limit + 1)
    except zlib.error:
        raise syntax_refusal(f"The body is no {kind}.") from None
    if len(plain) > limit:
        raise too_large()
    # A second member of a gzip file is as legal as it is rare, and a million of them are an attack.
    if not stream.eof or stream.unused_data:
        raise syntax_refusal(f"The body is not one whole {kind}.")
    return plain


def _has_header(body: bytes) -> bool:
    """RFC 9110 means zlib's format by ``deflate``; some clients leave its header out."""
    return len(body) >= 2 and body[0] & 15 == 8 and int.from_bytes(body[:2], "big") % 31 == 0
