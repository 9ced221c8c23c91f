"""Word to systemd (sd_notify(3)): a datagram to the socket that $NOTIFY_SOCKET names."""

import contextlib
import os
import socket
from collections.abc import Mapping


class SystemdNotifier:
    """Tells systemd READY, WATCHDOG, STATUS and STOPPING; silent where systemd did not ask.

    Never blocks and never raises: the line goes on without systemd.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        path = environment.get("NOTIFY_SOCKET", "")
        # A leading @ stands for the NUL of Linux's abstract namespace (unix(7)).
        self._address = "\0" + path[1:] if path.startswith("@") else path
        self._socket: socket.socket | None = None
        if path:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
            self._socket.settimeout(0)

    def ready(self) -> None:
        """Start-up is complete."""
        self._send("READY=1")

    def watchdog(self) -> None:
        """The loop turns; to be said at least twice in the unit's WatchdogSec."""
        self._send("WATCHDOG=1")

    def status(self, text: str) -> None:
        """One line for `systemctl status`."""
        self._send("STATUS=" + " ".join(text.split()))

    def stopping(self) -> None:
        """Shutdown has begun."""
        self._send("STOPPING=1")

    def close(self) -> None:
        """Let go of the socket."""
        if self._socket is not None:
            self._socket.close()

    def _send(self, message: str) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.sendto(message.encode(), self._address)
