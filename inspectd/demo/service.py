"""The service under demonstration: `inspectd run` as a process of its own."""

import asyncio
import contextlib
import ctypes
import json
import signal
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Self

from inspectd.core.errors import ConfigurationError, InspectdError, PublishError

_POLL_S = 0.2
_STOP_TIMEOUT_S = 20.0
_HTTP_TIMEOUT_S = 5.0

_PR_SET_PDEATHSIG = 1
# Loaded here: between fork and exec nothing may be imported.
_LIBC = ctypes.CDLL(None)


class ServiceProcess:
    """Starts the service on a settings file, waits until it is ready, stops it at the end."""

    def __init__(self, config: Path, log: Path, web_port: int) -> None:
        self._config = config
        self._log = log
        self._url = f"http://127.0.0.1:{web_port}"
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        """Start it. Its log goes to the file."""
        command = (sys.executable, "-m", "inspectd", "run", str(self._config))
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stderr=log,
                # Ctrl-C is for the demo, which then stops the service in good order.
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop it, however this ends."""
        await self.stop()

    async def until_ready(self, timeout_s: float) -> None:
        """Wait until parts will be judged. Raises with the service's own words if it ends first."""
        try:
            async with asyncio.timeout(timeout_s):
                while not await asyncio.to_thread(self._is_ready):
                    self.check_alive()
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            said = self.get("/readyz").get("reasons", ["its page does not answer"])
            reasons = "; ".join(said) or "no reason given"
            msg = f"the service was not ready after {timeout_s:g} s: {reasons}"
            raise InspectdError(msg) from None

    def check_alive(self) -> None:
        """Raise what the service said on its way out, if it has ended."""
        assert self._process is not None
        code = self._process.returncode
        if code is None:
            return
        kind = {2: ConfigurationError, 4: PublishError}.get(code, InspectdError)
        lines = self._log.read_text(errors="replace").splitlines()
        said = [line for line in lines if line.startswith("inspectd: ")]
        if said:
            raise kind(said[-1].removeprefix("inspectd: "))
        msg = f"the service ended with code {code}"
        raise kind(msg)

    async def stop(self) -> None:
        """SIGTERM, and SIGKILL after 20 s. Twice is harmless."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), _STOP_TIMEOUT_S)
        except TimeoutError:
            process.kill()
            await process.wait()

    @property
    def pid(self) -> int:
        """The supervisor's process id."""
        assert self._process is not None
        return self._process.pid

    def events(self, name: str) -> list[dict[str, Any]]:
        """The events of that name in the service's log, its stations' included."""
        events: list[dict[str, Any]] = []
        for line in self._log.read_text(errors="replace").splitlines():
            with contextlib.suppress(json.JSONDecodeError):
                event = json.loads(line)
                if event.get("event") == name:
                    events.append(event)
        return events

    def get(self, path: str) -> dict[str, Any]:
        """What the page's API answers, an answer of 503 too; {} if there is none. Blocks."""
        try:
            with urllib.request.urlopen(  # noqa: S310 - http on loopback
                self._url + path, timeout=_HTTP_TIMEOUT_S
            ) as answer:
                found: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                found = json.load(error)
        except (OSError, json.JSONDecodeError):
            return {}
        return found

    def _is_ready(self) -> bool:
        return bool(self.get("/readyz").get("ok"))


def _end_with_parent() -> None:
    """Have the kernel stop this process in good order when the demo dies (prctl(2))."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
