"""The live stream to browsers (server-sent events, WHATWG HTML section 9.2).

Each browser has a bounded queue. One that does not keep up is cut off and counted, and comes back
by itself; it never holds anything up.
"""

import asyncio
from collections.abc import AsyncIterator

from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from inspectd.web.board import Board, Event

QUEUED_EVENTS = 64
# The page calls the connection lost after three of these without a word.
BEAT_S = 2.0


class Client:
    """One browser: events waiting for it, and whether it was cut off."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[Event | None] = asyncio.Queue(maxsize=QUEUED_EVENTS)
        self.cut_off = asyncio.Event()


class Hub:
    """Hands the board's events to every browser."""

    def __init__(self, board: Board, max_clients: int) -> None:
        self._board = board
        self._max_clients = max_clients
        self._clients: set[Client] = set()
        self._closed = False
        self.dropped = 0

    @property
    def clients(self) -> int:
        """How many follow now."""
        return len(self._clients)

    def join(self) -> Client | None:
        """One more browser; None when there are enough, or the service ends."""
        if self._closed or len(self._clients) >= self._max_clients:
            return None
        client = Client()
        if not self._clients:
            # Only now: what nobody watches is not worth encoding.
            self._board.listen(self._publish)
        self._clients.add(client)
        return client

    def leave(self, client: Client) -> None:
        """Forget a browser; twice is harmless."""
        if client in self._clients:
            self._clients.remove(client)
            if not self._clients:
                self._board.unlisten(self._publish)

    def close(self) -> None:
        """End every stream and take no new one."""
        self._closed = True
        for client in tuple(self._clients):
            self._offer(client, None)

    def _publish(self, event: Event) -> None:
        for client in tuple(self._clients):
            self._offer(client, event)

    def _offer(self, client: Client, event: Event | None) -> None:
        try:
            client.events.put_nowait(event)
        except asyncio.QueueFull:
            self.dropped += 1
            self.leave(client)
            client.cut_off.set()


class EventStream:
    """The ASGI answer to `GET /api/events`; 503 when enough browsers follow already."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream until the browser leaves, is cut off, or the service ends."""
        client = self._hub.join()
        if client is None:
            full = {"error": "too many browsers follow the line; close one, or raise max_clients"}
            await JSONResponse(full, 503, {"Retry-After": "5"})(scope, receive, send)
            return
        ends = [
            asyncio.create_task(_write(client, send)),
            asyncio.create_task(_disconnect(receive)),
            asyncio.create_task(client.cut_off.wait()),
        ]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._hub.leave(client)
            for end in ends:
                end.cancel()
            await asyncio.gather(*ends, return_exceptions=True)


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _write(client: Client, send: Send) -> None:
    headers = [(b"content-type", b"text/event-stream; charset=utf-8")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    async for chunk in _chunks(client):
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _chunks(client: Client) -> AsyncIterator[bytes]:
    yield _frame(Event("beat", b"{}"))
    while True:
        try:
            # Not wait_for: until Python 3.12 it can swallow a cancellation (CPython issue 86296),
            # and the stream of a browser that was cut off would live on.
            async with asyncio.timeout(BEAT_S):
                event = await client.events.get()
        except TimeoutError:
            event = Event("beat", b"{}")
        if event is None:
            return
        yield _frame(event)


def _frame(event: Event) -> bytes:
    # JSON without indentation holds no line break, which would end the data field.
    return b"event: " + event.name.encode() + b"\ndata: " + event.data + b"\n\n"
