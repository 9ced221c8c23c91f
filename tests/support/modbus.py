"""Raw Modbus TCP: a server on a free port, and clients that write frames by hand."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from inspectd_drivers.modbus import ModbusServer
from inspectd_drivers.modbus_bank import RegisterBank

WORDS = tuple(range(1, 63))
TIMEOUT_S = 60.0
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Nobody:
    """Listens to no writer."""

    def control_written(self, words: tuple[int, ...]) -> None:
        """Not needed here."""

    def writer_lost(self) -> None:
        """Not needed here."""


@asynccontextmanager
async def serving(max_connections: int = 4, port: int = 0) -> AsyncIterator[ModbusServer]:
    bank = RegisterBank(Nobody(), control_words=10, mirror_address=1000)
    bank.publish(WORDS)
    server = ModbusServer("127.0.0.1", port, bank, unit_id=1, max_connections=max_connections)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def connected(server: ModbusServer) -> AsyncIterator[Streams]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            yield reader, writer
    finally:
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)


def frame(transaction: int, pdu_hex: str, unit: int = 1, protocol: int = 0) -> bytes:
    pdu = bytes.fromhex(pdu_hex)
    return struct.pack(">HHHB", transaction, protocol, len(pdu) + 1, unit) + pdu


async def response(reader: asyncio.StreamReader) -> tuple[int, int, bytes]:
    """Transaction, unit, PDU."""
    head = await reader.readexactly(7)
    transaction, protocol, length, unit = struct.unpack(">HHHB", head)
    assert protocol == 0
    return transaction, unit, await reader.readexactly(length - 1)


async def closed(reader: asyncio.StreamReader) -> bool:
    try:
        return await reader.read(1) == b""
    except ConnectionResetError:
        return True
