"""A real browser for the tests of pages."""

import itertools
import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect


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

    def drop(self, paths: list[Path], x: float, y: float) -> None:
        """Drag files over a point of the page and let them go, as a person's hand does."""
        data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            self._call("Input.dispatchDragEvent", type=kind, x=x, y=y, data=data)

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
