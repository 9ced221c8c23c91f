"""A page with parts on it, and a real browser to look at it."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from support.browser import browser as browser  # noqa: PLC0414 - a fixture of this room

from inspectd.core.verdict import Verdict
from inspectd.observe.snapshot import LineSnapshot
from inspectd.settings.web import WebSettings
from inspectd.web.board import Board
from inspectd.web.server import WebServer


@pytest.fixture
def board() -> Board:
    return Board()


@pytest_asyncio.fixture
async def server(board: Board) -> AsyncIterator[WebServer]:
    server = WebServer(WebSettings(port=0, max_clients=2), board)
    await server.start()
    yield server
    await server.stop()


class Desk:
    """Counts what a person asks of the line."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.why_not = ""
        self.found: dict[str, Any] | None = {"left": 0}

    def verify(self) -> str:
        self.asked.append("/api/verification")
        return self.why_not

    def acknowledge(self) -> str:
        self.asked.append("/api/verification/acknowledge")
        return self.why_not

    def verification(self) -> dict[str, Any] | None:
        return self.found


@pytest.fixture
def desk() -> Desk:
    return Desk()


class Controls:
    """Counts what a person does about alarms: minutes on the shelf, None: acknowledged."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, float | None]] = []
        self.why_not = ""

    def acknowledge(self, alarm: str) -> str:
        self.asked.append((alarm, None))
        return self.why_not

    def shelve(self, alarm: str, minutes: float) -> str:
        self.asked.append((alarm, minutes))
        return self.why_not


@pytest.fixture
def controls() -> Controls:
    return Controls()


class Page:
    """A board that is served by a loop in a thread of its own; every call waits for the loop."""

    def __init__(self, desk: Desk, controls: Controls) -> None:
        self._board = Board()
        self._loop = asyncio.new_event_loop()
        self._server = WebServer(WebSettings(port=0), self._board, desk, controls)
        self._loop.run_until_complete(self._server.start())
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.address = f"http://127.0.0.1:{self._server.port}/"

    def add(self, verdict: Verdict, latency_ms: float) -> None:
        self._call(partial(self._board.add, verdict, latency_ms))

    def add_preview(self, acquisition_id: int, station: str, jpeg: bytes, w: int, h: int) -> None:
        self._call(partial(self._board.add_preview, acquisition_id, station, jpeg, w, h))

    def set_status(self, status: LineSnapshot) -> None:
        self._call(partial(self._board.set_status, status))

    def stop(self) -> None:
        """Stop serving; the address is dead afterwards."""
        asyncio.run_coroutine_threadsafe(self._server.stop(), self._loop).result(10)

    def close(self) -> None:
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _call(self, call: Callable[[], None]) -> None:
        async def on_loop() -> None:
            call()

        asyncio.run_coroutine_threadsafe(on_loop(), self._loop).result(10)


@pytest.fixture
def page(desk: Desk, controls: Controls) -> Iterator[Page]:
    page = Page(desk, controls)
    yield page
    page.close()
