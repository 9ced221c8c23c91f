"""The registers behind a Modbus server: input for all to read, a control block for one writer."""

import struct
from collections.abc import Callable
from typing import Protocol

from inspectd_drivers.modbus_pdu import ExceptionCode, RequestRefusedError

_HOLDING = 3
_WORD_BYTES = 2


class ControlListener(Protocol):
    """Who is told of the writer. Called on the loop's thread, before the writer is answered."""

    def control_written(self, words: tuple[int, ...]) -> None:
        """The whole control block, after a write that was accepted."""
        ...

    def writer_lost(self) -> None:
        """The writer has gone or was replaced; the control block is zero again."""
        ...


class RegisterBank:
    """Both blocks, and the rule of the one writer.

    Function 4 reads the input block at 0, function 3 the same at `mirror_address`. Functions 3, 6
    and 16 reach `control_words` holding registers at 0. Whoever writes first owns these until it
    leaves, or until somebody else writes after `release_writer`.
    """

    def __init__(
        self, listener: ControlListener, *, control_words: int, mirror_address: int
    ) -> None:
        self.foreign_writes = 0
        self._listener = listener
        self._mirror_address = mirror_address
        self._control: tuple[int, ...] = (0,) * control_words
        self._input = b""
        self._watcher: Callable[[], None] = lambda: None
        self._writer: object | None = None
        self._writer_silent = False

    @property
    def has_writer(self) -> bool:
        """Whether a client owns the control block."""
        return self._writer is not None

    def is_writer(self, client: object) -> bool:
        """Whether this client owns it."""
        return client is self._writer

    def publish(self, words: tuple[int, ...]) -> None:
        """Replace the whole input block; the next read sees all of it."""
        packed = struct.pack(f">{len(words)}H", *words)
        if packed != self._input:
            self._input = packed
            self._watcher()

    def watch(self, watcher: Callable[[], None]) -> None:
        """Have `watcher` called whenever the input block has changed."""
        self._watcher = watcher

    @property
    def input_words(self) -> tuple[int, ...]:
        """The whole input block."""
        return struct.unpack(f">{len(self._input) // _WORD_BYTES}H", self._input)

    @property
    def control_words(self) -> int:
        """How long the control block is."""
        return len(self._control)

    def read(self, function: int, address: int, count: int) -> bytes:
        """`count` words, big-endian. RequestRefusedError where some of them do not exist."""
        block, start = self._input, address
        if function == _HOLDING and address >= self._mirror_address:
            start = address - self._mirror_address
        elif function == _HOLDING:
            block = struct.pack(f">{len(self._control)}H", *self._control)
        words = block[_WORD_BYTES * start : _WORD_BYTES * (start + count)]
        if len(words) != _WORD_BYTES * count:
            raise RequestRefusedError(ExceptionCode.ILLEGAL_DATA_ADDRESS)
        return words

    def write(self, client: object, address: int, words: tuple[int, ...]) -> None:
        """Change the control block. RequestRefusedError for any client but its writer."""
        end = address + len(words)
        if end > len(self._control):
            raise RequestRefusedError(ExceptionCode.ILLEGAL_DATA_ADDRESS)
        if client is not self._writer:
            self._take_over(client)
        self._writer_silent = False
        self._control = self._control[:address] + words + self._control[end:]
        self._listener.control_written(self._control)

    def release_writer(self) -> None:
        """Let another client take over from a writer that has fallen silent."""
        self._writer_silent = True

    def leave(self, client: object) -> None:
        """A client is gone; if it was the writer, the control block drops to zero."""
        if client is self._writer:
            self._drop_writer()

    def _take_over(self, client: object) -> None:
        if self._writer is not None:
            if not self._writer_silent:
                self.foreign_writes += 1
                raise RequestRefusedError(ExceptionCode.SERVER_DEVICE_BUSY)
            self._drop_writer()
        self._writer = client

    def _drop_writer(self) -> None:
        self._writer = None
        self._control = (0,) * len(self._control)
        self._listener.writer_lost()
