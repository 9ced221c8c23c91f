"""Ports that nobody else takes between the choice of one and the start of who listens on it.

A port that the kernel gives (port 0) and that is closed again is free for everybody: another
program's connection or server may get the same one before the service listens. Below the range that
the kernel gives from, only demo, bench and tests choose, and each choice is reserved for the life
of its process by an abstract UNIX socket.
"""

import atexit
import os
import socket
from itertools import count

_FIRST, _LAST = 12_000, 31_999  # Linux gives 32768 and above (ip_local_port_range)
_turns = count(os.getpid() * 97)


def free_port() -> int:
    """A TCP port of the loopback interface that nobody else is given while this process lives."""
    for _ in range(_LAST - _FIRST):
        port = _FIRST + next(_turns) % (_LAST - _FIRST + 1)
        if _is_free(port) and _reserve(port):
            return port
    msg = f"no free port from {_FIRST} to {_LAST}"
    raise OSError(msg)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _reserve(port: int) -> bool:
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0inspectd-port-{port}")
    except OSError:
        claim.close()
        return False
    # Closed in order at the end: Python would complain of a socket that is merely dropped.
    atexit.register(claim.close)
    return True
