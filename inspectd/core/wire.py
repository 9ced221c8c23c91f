"""Framing of messages on a byte stream between two processes of this program.

A frame is two u32 (big endian): the length of the JSON and of the blob, then both. Anything that
does not fit the contract raises ProtocolError: the peer is another process that may be dying.
"""

import struct
from collections.abc import Iterator
from typing import Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from inspectd.core.errors import ProtocolError

Message = TypeVar("Message")

_HEAD = struct.Struct(">II")
MAX_JSON_BYTES = 16 * 1024 * 1024
MAX_BLOB_BYTES = 64 * 1024 * 1024


def encode(adapter: TypeAdapter[Message], message: Message, blob: bytes = b"") -> bytes:
    """One frame as bytes."""
    body = adapter.dump_json(message)
    return _HEAD.pack(len(body), len(blob)) + body + blob


class Decoder(Generic[Message]):
    """Cuts a byte stream, however it was split, back into messages."""

    def __init__(self, adapter: TypeAdapter[Message]) -> None:
        self._adapter = adapter
        self._pending = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[Message, bytes]]:
        """Take the next bytes and yield every (message, blob) that is now whole."""
        self._pending += data
        while len(self._pending) >= _HEAD.size:
            json_bytes, blob_bytes = _HEAD.unpack_from(self._pending)
            if json_bytes > MAX_JSON_BYTES or blob_bytes > MAX_BLOB_BYTES:
                msg = f"frame of {json_bytes} + {blob_bytes} bytes is over the limit"
                raise ProtocolError(msg)
            end = _HEAD.size + json_bytes + blob_bytes
            if len(self._pending) < end:
                return
            body = bytes(self._pending[_HEAD.size : _HEAD.size + json_bytes])
            blob = bytes(self._pending[_HEAD.size + json_bytes : end])
            del self._pending[:end]
            try:
                yield self._adapter.validate_json(body), blob
            except ValidationError as error:
                msg = f"message not understood: {error.errors()[0]['msg']}"
                raise ProtocolError(msg) from error
