"""An HTTP server inside the running asyncio loop, made so that it cannot starve the line.

Metrics and page each have one. Every connection costs a file descriptor of the process that also
serves the PLC, so their number is bounded: one too many is closed at once.
"""

import asyncio
import contextlib
import socket
from collections.abc import Iterable, Iterator
from typing import cast

from starlette.types import ASGIApp
from uvicorn import Config, Server
from uvicorn.protocols.http.h11_impl import H11Protocol

from inspectd.core.errors import PublishError

_STOP_WITHIN_S = 1
# A peer that vanished, or that stopped reading, is dropped by the kernel after this time
# (tcp(7), TCP_USER_TIMEOUT; it holds for a closed receive window too). Accepted sockets inherit
# it from the listening one on Linux.
_PEER_TIMEOUT_MS = 10_000


def bind(host: str, port: int, section: str) -> socket.socket:
    """A listening TCP socket. PublishError naming `[section]` where the address is not free."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _cannot_listen(host, port, section, error) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _PEER_TIMEOUT_MS)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        raise _cannot_listen(host, port, section, error) from error
    listener.settimeout(0)
    return listener


def _cannot_listen(host: str, port: int, section: str, error: OSError) -> PublishError:
    reason = error.strerror or str(error)
    return PublishError(
        f"{section}: cannot listen on {host}:{port}: {reason}; stop the program that has the "
        f"port, or set another one under [{section}]"
    )


async def join_politely(separator: bytes, pieces: Iterable[bytes]) -> bytes:
    """Make a long answer piece by piece, so that a verdict waits for one piece at most."""
    made = []
    for piece in pieces:
        made.append(piece)
        await asyncio.sleep(0)
    return separator.join(made)


class HttpServer:
    """Serves one ASGI app on a socket of its own; `section` is its name in the settings.

    Order: `start`, then `stop`; both on the loop's thread. Signals stay the supervisor's.
    """

    def __init__(
        self, app: ASGIApp, host: str, port: int, section: str, max_connections: int
    ) -> None:
        self._host = host
        self._section = section
        self.port = port
        self._server = _Server(
            Config(
                app,
                http=_bounded(max_connections),
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=_STOP_WITHIN_S,
            )
        )
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen and serve. PublishError where the port is busy; afterwards `port` is real."""
        listener = bind(self._host, self.port, self._section)
        self.port = int(listener.getsockname()[1])
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        await self._server.serving.wait()

    async def stop(self) -> None:
        """Close the port, give running answers a second, end. Harmless when not started."""
        if self._serving is None:
            return
        self._server.should_exit = True
        await self._serving
        self._serving = None


class _Server(Server):
    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.serving = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.serving.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _bounded(max_connections: int) -> type[asyncio.Protocol]:
    """The protocol class of uvicorn, refusing to hold more than `max_connections`."""

    class Bounded(H11Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            if len(self.connections) >= max_connections:
                self.transport = cast("asyncio.Transport", transport)
                self.transport.abort()
                return
            super().connection_made(cast("asyncio.Transport", transport))

    return Bounded
