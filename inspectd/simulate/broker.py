"""A real MQTT 3.1.1 broker inside this process (amqtt), so that a demo needs nothing installed."""

import asyncio
import contextlib
import logging
from types import TracebackType
from typing import Self

from amqtt.broker import Broker
from amqtt.contexts import BrokerConfig, ListenerConfig, ListenerType

from inspectd.core.errors import PublishError

_LISTENER = "default"
_LOG = logging.getLogger("amqtt")
# Without any handler, Python prints warnings to stderr by itself.
_NOWHERE = logging.NullHandler()


class EmbeddedBroker:
    """Listens on `host`:`port` while entered, for anybody; port 0 takes a free one.

    Use as an asynchronous context manager. Entering raises PublishError where the port is taken.
    While it runs, amqtt's own log, which tells of every client's coming and going, is silent.
    """

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self.port = port
        self._broker: Broker | None = None
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def __aenter__(self) -> Self:
        """Start to listen."""
        _LOG.addHandler(_NOWHERE)
        _LOG.propagate = False
        try:
            await self._start()
        except BaseException:
            self._unmute()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Disconnect every client and stop."""
        assert self._server is not None
        assert self._broker is not None
        self._server.close()
        await self._broker.shutdown()
        for writer in self._connections.values():
            writer.close()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()
        self._unmute()

    @staticmethod
    def _unmute() -> None:
        _LOG.removeHandler(_NOWHERE)
        _LOG.propagate = True

    async def _start(self) -> None:
        """An external listener for amqtt: only so can the port be asked for, and be found busy."""
        broker = Broker(
            BrokerConfig(
                listeners={_LISTENER: ListenerConfig(type=ListenerType.EXTERNAL)},
                plugins={"amqtt.plugins.authentication.AnonymousAuthPlugin": {}},
            )
        )
        try:
            server = await asyncio.start_server(
                self._accept, self._host, self.port, start_serving=False
            )
        except OSError as error:
            msg = (
                f"MQTT broker cannot listen on {self._host}:{self.port}: {error.strerror}; "
                "stop the program that does, or choose another port"
            )
            raise PublishError(msg) from error
        await broker.start()
        await server.start_serving()
        self.port = server.sockets[0].getsockname()[1]
        self._broker, self._server = broker, server

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._connections[task] = writer
        task.add_done_callback(self._connections.pop)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Amqtt leaves the connection of a client open that sent something else than CONNECT."""
        assert self._broker is not None
        try:
            await self._broker.stream_connected(reader, writer, listener_name=_LISTENER)
        except Exception:  # noqa: BLE001 - whatever one client sends, the others are served
            _LOG.exception("connection lost")
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
