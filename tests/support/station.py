"""A station as its supervisor sees it: a real process at the other end of a socket pair."""

import contextlib
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias, TypeVar

import pytest

from inspectd.core import wire
from inspectd.core.messages import (
    CameraUp,
    Command,
    Configure,
    Preview,
    ViewDone,
    ViewStarted,
    from_station,
    to_station,
)
from inspectd.simulate.conveyor import PhotoEye

# Starting imports numba and OpenCV on two shared cores, and may compile the kernels.
START_S = 180.0
ANSWER_S = 60.0

Wanted = TypeVar("Wanted")


class Station:
    """One station process; every wait is bounded. `seen` keeps all messages in order."""

    def __init__(self, command: tuple[str, ...]) -> None:
        self._ours, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [*command, "--fd", str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
        self._decoder = wire.Decoder(from_station)
        self.seen: list[object] = []
        self.blobs: dict[int, bytes] = {}
        self._read = 0

    def send(self, message: Command) -> None:
        self._ours.sendall(wire.encode(to_station, message))

    def expect(
        self,
        kind: type[Wanted],
        timeout_s: float = ANSWER_S,
        when: Callable[[Wanted], bool] = lambda _: True,
    ) -> Wanted:
        """The next message of `kind` for which `when` holds; those before it are passed over."""
        limit_s = time.monotonic() + timeout_s
        while True:
            while self._read < len(self.seen):
                message = self.seen[self._read]
                self._read += 1
                if isinstance(message, kind) and when(message):
                    return message
            self._receive(limit_s, f"no {kind.__name__}")

    def bring_up(self, configure: Configure) -> CameraUp:
        self.send(configure)
        return self.expect(CameraUp, START_S)

    def answers_match_views(self) -> bool:
        """Whether every ViewStarted so far has exactly one ViewDone, both in order from 1."""
        started = [message.view for message in self.of(ViewStarted)]
        done = [message.view for message in self.of(ViewDone)]
        return started == done == list(range(1, len(started) + 1))

    def read_to_end(self, timeout_s: float = ANSWER_S) -> int:
        """Read until the station closes its end; its exit code."""
        limit_s = time.monotonic() + timeout_s
        with contextlib.suppress(EOFError):
            while True:
                self._receive(limit_s, "no end")
        return self.process.wait(timeout_s)

    def of(self, kind: type[Wanted]) -> list[Wanted]:
        return [message for message in self.seen if isinstance(message, kind)]

    def hang_up(self) -> None:
        self._ours.close()

    def stderr(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.read().decode()

    def end(self) -> None:
        self._ours.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(ANSWER_S)
        if self.process.stderr is not None:
            self.process.stderr.close()

    def _receive(self, limit_s: float, complaint: str) -> None:
        self._ours.settimeout(max(0.001, limit_s - time.monotonic()))
        try:
            data = self._ours.recv(1 << 20)
        except TimeoutError:
            counts = [type(message).__name__ for message in self.seen[-20:]]
            pytest.fail(f"{complaint} in time; the last messages were {counts}")
        if not data:
            raise EOFError
        for message, blob in self._decoder.feed(data):
            self.seen.append(message)
            if isinstance(message, Preview):
                self.blobs[message.view] = blob


StartStation: TypeAlias = Callable[..., Station]


def pulse_line1(configure: Configure, edges: int = 1) -> None:
    """Have the photo-eye see `edges` shots."""
    with PhotoEye((Path(configure.line1_socket),)) as eye:
        for _ in range(edges):
            eye.pulse()
        assert eye.unheard == 0
