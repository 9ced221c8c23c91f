"""The station's end of the stream to the supervisor.

`send` may be called by any thread and never blocks: it writes what the socket takes at once,
which saves a result the change of threads, and leaves the rest to the link's own thread. That
thread also reads the commands. Results are never dropped; a supervisor that has not read
`MAX_PENDING_BYTES` of them is taken for dead. Beats and previews are dropped while older
messages still wait: a beat is only worth its newest value, and a preview must not delay a result.
"""

import os
import select
import socket
import threading
from collections.abc import Callable

from inspectd.core.errors import ProtocolError
from inspectd.core.messages import Answer, Beat, Command, Preview, from_station, to_station
from inspectd.core.wire import Decoder, encode

MAX_PENDING_BYTES = 64 * 1024 * 1024
_READ_BYTES = 65_536


class Link:
    """Ordered messages over a connected stream socket, which it owns.

    Order of calls: `start`, any number of `send`, `close` once and from no callback.
    `on_command` and then, once, `on_lost` (with the reason: end of file, an error, a message
    not understood) are called by the link's thread. Nothing is called after `close`.
    """

    def __init__(
        self,
        stream: socket.socket,
        on_command: Callable[[Command], None],
        on_lost: Callable[[str], None],
    ) -> None:
        stream.settimeout(0.0)
        self._stream = stream
        self._on_command = on_command
        self._on_lost = on_lost
        self._lock = threading.Condition()
        self._pending = bytearray()
        self._failure = ""
        self._closing = False
        self._wake_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._thread = threading.Thread(target=self._serve, name="link")

    def start(self) -> None:
        """Start reading commands."""
        self._thread.start()

    def send(self, message: Answer, blob: bytes = b"") -> bool:
        """Send in order; False where a beat or preview was dropped, or the link is lost."""
        droppable = isinstance(message, Beat | Preview)
        data = encode(from_station, message, blob)
        with self._lock:
            if self._failure or self._closing or (droppable and self._pending):
                return False
            if len(self._pending) + len(data) > MAX_PENDING_BYTES:
                self._fail(f"the supervisor has left {MAX_PENDING_BYTES} bytes unread")
                return False
            self._pending += data
            self._flush()
            if self._pending:
                os.eventfd_write(self._wake_fd, 1)
        return True

    def close(self, timeout_s: float) -> bool:
        """Wait until all is sent, at most `timeout_s`, then close; whether all was sent."""
        with self._lock:
            self._lock.wait_for(lambda: not self._pending or bool(self._failure), timeout_s)
            all_sent = not self._pending and not self._failure
            self._closing = True
            os.eventfd_write(self._wake_fd, 1)
        self._thread.join()
        self._stream.close()
        os.close(self._wake_fd)
        return all_sent

    def _flush(self) -> None:
        """Write what the socket takes now; the lock is held."""
        try:
            while self._pending:
                sent = self._stream.send(self._pending)
                del self._pending[:sent]
        except BlockingIOError:
            return
        except OSError as error:
            self._fail(f"writing to the supervisor failed: {error}")
        self._lock.notify_all()

    def _fail(self, reason: str) -> None:
        self._failure = self._failure or reason
        self._lock.notify_all()
        os.eventfd_write(self._wake_fd, 1)

    def _serve(self) -> None:
        decoder = Decoder(to_station)
        poll = select.poll()
        poll.register(self._wake_fd, select.POLLIN)
        try:
            while not self._ended():
                events = select.POLLIN | (select.POLLOUT if self._pending else 0)
                poll.register(self._stream, events)
                ready = dict(poll.poll())
                if self._wake_fd in ready:
                    os.eventfd_read(self._wake_fd)
                if ready.get(self._stream.fileno(), 0) & ~select.POLLOUT:
                    self._read(decoder)
                with self._lock:
                    self._flush()
        except (OSError, ProtocolError) as error:
            with self._lock:
                self._fail(str(error))
        if self._failure and not self._closing:
            self._on_lost(self._failure)

    def _ended(self) -> bool:
        with self._lock:
            return self._closing or bool(self._failure)

    def _read(self, decoder: Decoder[Command]) -> None:
        data = self._stream.recv(_READ_BYTES)
        if not data:
            with self._lock:
                self._fail("the supervisor has closed the connection")
            return
        for command, _ in decoder.feed(data):
            self._on_command(command)
