"""Line1 of an emulated camera: a datagram socket where each datagram is one rising edge."""

import contextlib
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from inspectd.core.errors import DeviceError
from inspectd.station.report import one_line, report

_LOOK_S = 0.2
_EDGE_BYTES = 64


class Line1Socket:
    """Binds `path`, replacing a stale one, and calls `pulse` once per datagram, in order.

    `pulse` is called by this socket's own thread; a DeviceError from it means that the edge met
    no armed camera, as can happen to a real one. Raises DeviceError where `path` cannot be bound.
    """

    def __init__(self, path: Path, pulse: Callable[[], None]) -> None:
        self._path = path
        self._pulse = pulse
        self._stop = threading.Event()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.settimeout(_LOOK_S)
        try:
            path.unlink(missing_ok=True)
            self._socket.bind(str(path))
        except OSError as error:
            self._socket.close()
            msg = f"cannot bind the emulated Line1 at {path}: {error}; give a writable place"
            raise DeviceError(msg) from error
        self._thread = threading.Thread(target=self._serve, name="line1")
        self._thread.start()

    def close(self) -> None:
        """Stop, and remove the socket's path."""
        self._stop.set()
        self._thread.join()
        self._socket.close()
        with contextlib.suppress(OSError):
            self._path.unlink()

    def _serve(self) -> None:
        while not self._stop.is_set():
            try:
                self._socket.recv(_EDGE_BYTES)
            except TimeoutError:
                continue
            try:
                self._pulse()
            except DeviceError as error:
                report("line1_edge_lost", reason=one_line(error))
