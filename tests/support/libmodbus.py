"""libmodbus by ctypes, the C library that mbpoll stands on: a client that keeps its connection."""

import asyncio
import ctypes
import ctypes.util
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest


class LibModbus:
    """One connection. Every call blocks, and so runs in a thread."""

    def __init__(self, library: ctypes.CDLL, context: ctypes.c_void_p) -> None:
        self._library = library
        self._context = context

    async def read(self, address: int, count: int, *, holding: bool = False) -> list[int]:
        """Words; OSError with libmodbus's own text where it is refused."""
        words = (ctypes.c_uint16 * count)()
        name = "modbus_read_registers" if holding else "modbus_read_input_registers"
        await asyncio.to_thread(self._call, name, address, count, words)
        return list(words)

    async def write(self, address: int, numbers: list[int]) -> None:
        """Write many, by function 16."""
        words = (ctypes.c_uint16 * len(numbers))(*numbers)
        await asyncio.to_thread(self._call, "modbus_write_registers", address, len(words), words)

    def _call(self, name: str, address: int, count: int, words: object) -> None:
        function: Callable[..., int] = getattr(self._library, name)
        if function(self._context, address, count, words) != count:
            text = self._library.modbus_strerror(ctypes.get_errno())
            raise OSError(text.decode())


@contextmanager
def libmodbus_tcp(port: int, unit: int = 1) -> Iterator[LibModbus]:
    """A client of a server on this host."""
    library = _library()
    address = ctypes.c_char_p(b"127.0.0.1")
    with _connected(library, library.modbus_new_tcp(address, port), unit) as client:
        yield client


@contextmanager
def libmodbus_rtu(device: str, baud: int, unit: int = 1) -> Iterator[LibModbus]:
    """A client at one end of a serial line: 8 data bits, even parity, 1 stop bit."""
    library = _library()
    arguments = (ctypes.c_char_p(device.encode()), baud, ctypes.c_char(b"E"), 8, 1)
    with _connected(library, library.modbus_new_rtu(*arguments), unit) as client:
        yield client


def _library() -> ctypes.CDLL:
    found = ctypes.util.find_library("modbus")
    if found is None:
        pytest.skip("libmodbus is not installed (it comes with mbpoll)")
    library = ctypes.CDLL(found, use_errno=True)
    library.modbus_new_tcp.restype = library.modbus_new_rtu.restype = ctypes.c_void_p
    library.modbus_strerror.restype = ctypes.c_char_p
    return library


@contextmanager
def _connected(library: ctypes.CDLL, made: int, unit: int) -> Iterator[LibModbus]:
    context = ctypes.c_void_p(made)
    library.modbus_set_slave(context, unit)
    # 5 s: others use the processor, too.
    library.modbus_set_response_timeout(context, 5, 0)
    assert library.modbus_connect(context) == 0, library.modbus_strerror(ctypes.get_errno())
    try:
        yield LibModbus(library, context)
    finally:
        library.modbus_close(context)
        library.modbus_free(context)
