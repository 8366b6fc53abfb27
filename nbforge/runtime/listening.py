"""The listening socket: bound before anybody listens, and emptied before it is closed."""

from __future__ import annotations

import ctypes
import socket
import struct

_SO_ATTACH_FILTER = 26  # Linux; socket has no name for it before Python 3.14
# Classic BPF: of the TCP flags (byte 13) SYN alone drops the packet, all else passes.
_DROP_NEW = b"".join(
    struct.pack("HBBI", code, true, false, value)
    for code, true, false, value in (
        (0x30, 0, 0, 13),  # load byte
        (0x54, 0, 0, 0x12),  # and SYN | ACK
        (0x15, 0, 1, 0x02),  # equal to SYN?
        (0x06, 0, 0, 0),  # drop
        (0x06, 0, 0, 0xFFFFFFFF),  # pass
    )
)


def bind(host: str, port: int) -> socket.socket:
    """A socket that is bound and does not listen yet.

    Raises:
        OSError: the address is taken, or is none of this host.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


def let_nobody_in(listener: socket.socket) -> None:
    """Have the kernel drop who wants to connect from now on, so that the queue of those who have can be emptied.

    Closing a listener resets every connection that was made and not yet accepted: requests that the kernel has received
    would fail. A dropped client tries again a second later, and is then refused in good order. Elsewhere than on Linux
    nothing happens.
    """
    code = ctypes.create_string_buffer(_DROP_NEW, len(_DROP_NEW))
    program = struct.pack("HP", len(_DROP_NEW) // 8, ctypes.addressof(code))
    try:
        listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)
    except OSError:
        return
