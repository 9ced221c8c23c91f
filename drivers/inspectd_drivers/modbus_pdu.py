"""Modbus requests answered from registers: bytes in, bytes out.

MODBUS Application Protocol Specification V1.1b3: functions 03, 04, 06 and 16, exceptions 01, 02,
03, 06 and 11 (sections 6.3, 6.4, 6.6, 6.12, 7). Written out here rather than taken from pymodbus
3.16.1, whose server answers an unknown function and an over-long read alike with `80 01`, and
which then serves, as the client of our tests, as the second opinion.
"""

import struct
from collections.abc import Callable
from enum import IntEnum
from typing import Final, Protocol

MAX_READ_WORDS: Final = 125
MAX_WRITE_WORDS: Final = 123
_WORD_BYTES = 2

_ADDRESS_AND_COUNT = struct.Struct(">HH")
_WRITE_MANY_HEAD = struct.Struct(">HHB")


class ExceptionCode(IntEnum):
    """Section 7 of the specification; names as there."""

    ILLEGAL_FUNCTION = 1
    ILLEGAL_DATA_ADDRESS = 2
    ILLEGAL_DATA_VALUE = 3
    SERVER_DEVICE_BUSY = 6
    GATEWAY_TARGET_DEVICE_FAILED_TO_RESPOND = 11


class RequestRefusedError(Exception):
    """The request gets an exception response. Never leaves this package."""

    def __init__(self, code: ExceptionCode) -> None:
        super().__init__(code.name)
        self.code = code


class Registers(Protocol):
    """Where requests are answered from. Either call may raise RequestRefusedError."""

    def read(self, function: int, address: int, count: int) -> bytes:
        """`count` words, big-endian; `function` is 3 (holding) or 4 (input)."""
        ...

    def write(self, address: int, words: tuple[int, ...]) -> None:
        """Set holding registers from `address` on."""
        ...


def answer(request: bytes, registers: Registers) -> bytes:
    """The response to one request PDU (function code and data, at least one byte)."""
    function = request[0]
    handler = _HANDLERS.get(function)
    if handler is None:
        return refusal(function, ExceptionCode.ILLEGAL_FUNCTION)
    try:
        return handler(request, registers)
    except RequestRefusedError as refused:
        return refusal(function, refused.code)


def refusal(function: int, code: ExceptionCode) -> bytes:
    """An exception response PDU."""
    return bytes((function | 0x80, code))


def _read(request: bytes, registers: Registers) -> bytes:
    _require(len(request) == 1 + _ADDRESS_AND_COUNT.size)
    address, count = _ADDRESS_AND_COUNT.unpack_from(request, 1)
    _require(1 <= count <= MAX_READ_WORDS)
    function = request[0]
    return bytes((function, count * _WORD_BYTES)) + registers.read(function, address, count)


def _write_one(request: bytes, registers: Registers) -> bytes:
    _require(len(request) == 1 + _ADDRESS_AND_COUNT.size)
    address, word = _ADDRESS_AND_COUNT.unpack_from(request, 1)
    registers.write(address, (word,))
    return request


def _write_many(request: bytes, registers: Registers) -> bytes:
    data_start = 1 + _WRITE_MANY_HEAD.size
    _require(len(request) >= data_start)
    address, count, data_bytes = _WRITE_MANY_HEAD.unpack_from(request, 1)
    _require(1 <= count <= MAX_WRITE_WORDS)
    _require(data_bytes == count * _WORD_BYTES == len(request) - data_start)
    registers.write(address, struct.unpack_from(f">{count}H", request, data_start))
    return request[: 1 + _ADDRESS_AND_COUNT.size]


def _require(fits: bool) -> None:
    if not fits:
        raise RequestRefusedError(ExceptionCode.ILLEGAL_DATA_VALUE)


_HANDLERS: dict[int, Callable[[bytes, Registers], bytes]] = {
    3: _read,
    4: _read,
    6: _write_one,
    16: _write_many,
}
