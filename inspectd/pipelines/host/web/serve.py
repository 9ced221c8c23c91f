"""Serves the page inside the host's loop."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

from uvicorn import Config, Server

from inspectd.core.errors import PublishError
from inspectd.pipelines.host.host import SideHost
from inspectd.pipelines.host.web.app import make_app
from inspectd.pipelines.host.web.desk import Desk

_STOP_WITHIN_S = 2
_MOST_CONNECTIONS = 64


class _Server(Server):
    """Signals are the host's."""

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def] # noqa: ANN202 - uvicorn's own
        yield


@contextlib.asynccontextmanager
async def serve_page(host: SideHost) -> AsyncIterator[str]:
    """Serve until left; yields the address. PublishError where the port is taken."""
    settings = host.site.settings
    listener = _bind(settings.web.host, settings.web.port)
    app = make_app(Desk(host.site, host.admission), settings)
    server = _Server(
        Config(
            app,
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_graceful_shutdown=_STOP_WITHIN_S,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://{settings.web.host}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


def _bind(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        msg = (
            f"web: cannot listen on {host}:{port}: {error.strerror or error}; stop the program "
            "that has the port, or set another one under [web]"
        )
        raise PublishError(msg) from error
    return listener
