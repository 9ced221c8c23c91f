"""A page with parts on it, and a real browser to look at it."""

import asyncio
import itertools
import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from websockets.sync.client import connect

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


class Browser:
    """Headless Chromium, driven over the DevTools protocol (chromedevtools.github.io)."""

    def __init__(self, program: str, home: Path) -> None:
        self._process = subprocess.Popen(
            [
                program,
                *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
                *("--disable-background-networking", "--disable-component-update"),
                *("--disable-sync", "--remote-debugging-port=0", f"--user-data-dir={home}"),
                "about:blank",
            ],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        assert self._process.stderr is not None
        lines = iter(self._process.stderr.readline, "")
        address = next(line.split()[-1] for line in lines if "DevTools listening on" in line)
        # Unread, its chatter would fill the pipe and stop it.
        self._reader = threading.Thread(target=self._process.stderr.read)
        self._reader.start()
        self._ids = itertools.count(1)
        self._link = connect(address, max_size=None)
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = {"sessionId": attached["sessionId"]}

    def open(self, address: str, width: int = 1280, height: int = 720) -> None:
        screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self._call("Emulation.setDeviceMetricsOverride", **screen)
        self._call("Page.enable")
        self._call("Page.navigate", url=address)
        self.wait_until(f"location.href === '{address}' && document.readyState === 'complete'")

    def evaluate(self, expression: str) -> Any:
        answer = self._call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def wait_until(self, expression: str, timeout_s: float = 60.0) -> None:
        """Wait for a JavaScript condition, asked at every drawing of the page."""
        end = time.monotonic() + timeout_s
        while not self.evaluate(f"Boolean({expression})"):
            assert time.monotonic() < end, f"{expression} never came true: {self.words()}"
            self.evaluate("new Promise((done) => setTimeout(done, 50))")

    def words(self) -> str:
        return str(self.evaluate("document.body ? document.body.innerText : ''"))

    def screenshot(self) -> str:
        """A PNG as base64."""
        return str(self._call("Page.captureScreenshot")["data"])

    def close(self) -> None:
        self._link.close()
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(60)
        self._reader.join(10)
        assert self._process.stderr is not None
        self._process.stderr.close()

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._ids)
        session = getattr(self, "_session", {})
        self._link.send(json.dumps({"id": number, "method": method, "params": params, **session}))
        while True:
            answer = json.loads(self._link.recv(timeout=120))
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return dict(answer["result"])


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no chromium here: the page is not looked at with a browser")
    browser = Browser(program, tmp_path_factory.mktemp("browser"))
    yield browser
    browser.close()


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
