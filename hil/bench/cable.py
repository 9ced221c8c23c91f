"""A network cable on loopback that can be pulled and plugged in again."""

import asyncio
import contextlib
import socket
import struct
from typing import Self

from inspectd.core.errors import PublishError

HOST = "127.0.0.1"
_READ_BYTES = 65_536
# Linger for 0 s: close with a reset at once, as a peer that has lost its power seems to.
_RESET = struct.pack("ii", 1, 0)


class Cable:
    """Listens on `port` (0: any free one) and passes bytes to `target` while plugged in."""

    def __init__(self, port: int, target: tuple[str, int]) -> None:
        self.port = port
        self.target = target
        self.plugged_in = True
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._ends: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        """Listen. PublishError where the port is taken."""
        try:
            self._server = await asyncio.start_server(self._accept, HOST, self.port)
        except OSError as error:
            msg = f"port {self.port} on {HOST}: {error.strerror}: the bench needs it: free it"
            raise PublishError(msg) from None
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Pull it for good."""
        assert self._server is not None
        self._server.close()
        self.pull()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def pull(self) -> None:
        """Reset every connection, and every new one, until it is plugged in."""
        self.plugged_in = False
        for end in tuple(self._ends):
            _reset(end)

    def plug_in(self) -> None:
        """Let connections through again."""
        self.plugged_in = True

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._carry(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ends.add(writer)
        try:
            if self.plugged_in:
                far_reader, far_writer = await asyncio.open_connection(*self.target)
                self._ends.add(far_writer)
                try:
                    await _both_ways((reader, far_writer), (far_reader, writer))
                finally:
                    self._drop(far_writer)
        except OSError:
            pass  # nobody at the far end: the near end is reset, as by a host without a server
        finally:
            self._drop(writer)

    def _drop(self, writer: asyncio.StreamWriter) -> None:
        self._ends.discard(writer)
        _reset(writer)


async def _both_ways(*ways: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
    """Pass bytes until either side ends; then the other is of no use."""
    tasks = [asyncio.create_task(_pass_on(reader, writer)) for reader, writer in ways]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_READ_BYTES):
            writer.write(data)
            await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
