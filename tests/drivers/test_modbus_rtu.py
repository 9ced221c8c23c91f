"""The server on a serial line, over a pseudo terminal: raw bytes, and libmodbus as the master."""

import asyncio
import itertools
import os
import pty
import struct
from collections.abc import AsyncIterator, Awaitable, Callable

import inspectd_drivers.modbus_rtu
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inspectd_drivers.modbus_bank import RegisterBank
from inspectd_drivers.modbus_rtu import ModbusSerialServer, SerialLine, crc
from pymodbus.framer import FramerRTU
from support.libmodbus import libmodbus_rtu
from support.modbus import WORDS, Nobody
from support.serial_line import serial_line

from inspectd.core.errors import PublishError

Until = Callable[[Callable[[], bool]], Awaitable[None]]
UNIT = 5


class Wire:
    """The master's end of a pseudo terminal whose other end the server has open."""

    def __init__(self) -> None:
        self.master, self.slave = pty.openpty()
        self.device = os.ttyname(self.slave)
        os.set_blocking(self.master, False)
        self.told: list[str] = []
        bank = RegisterBank(Nobody(), control_words=10, mirror_address=1000)
        bank.publish(WORDS)
        self.bank = bank
        line = SerialLine(self.device, 115_200, "even", 1)
        self.server = ModbusSerialServer(line, bank, unit_id=UNIT, told=self.told.append)

    def send(self, data: bytes) -> None:
        os.write(self.master, data)

    async def answer(self, length: int) -> bytes:
        """So many bytes of what the server says."""
        heard = b""
        async with asyncio.timeout(60):
            while len(heard) < length:
                try:
                    heard += os.read(self.master, 300)
                except BlockingIOError:
                    await asyncio.sleep(0.001)
        return heard

    def silent(self) -> bool:
        """Whether nothing has been said."""
        try:
            return not os.read(self.master, 300)
        except BlockingIOError:
            return True


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    wire = Wire()
    await wire.server.start()
    yield wire
    await wire.server.stop()
    os.close(wire.master)
    os.close(wire.slave)


def frame(pdu_hex: str, unit: int = UNIT) -> bytes:
    body = bytes((unit,)) + bytes.fromhex(pdu_hex)
    return body + struct.pack("<H", crc(body))


@given(st.binary(max_size=260))
def test_the_crc_is_the_one_that_pymodbus_computes(data: bytes) -> None:
    assert crc(data).to_bytes(2, "little") == FramerRTU.compute_CRC(data).to_bytes(2, "big")
    assert crc(data + crc(data).to_bytes(2, "little")) == 0


@pytest.mark.parametrize(
    ("request_hex", "answer_hex"),
    [
        ("04 0000 0002", "04 04 0001 0002"),
        ("03 03e8 0001", "03 02 0001"),
        ("06 0000 0007", "06 0000 0007"),
        ("10 0000 0002 04 0001 0002", "10 0000 0002"),
        ("04 003d 0002", "84 02"),
        ("03 0000 007e", "83 03"),
        ("2b 0e 01 00", "ab 01"),
        ("07", "87 01"),
    ],
)
async def test_a_request_is_answered_with_its_crc(
    wire: Wire, request_hex: str, answer_hex: str
) -> None:
    expected = frame(answer_hex)
    wire.send(frame(request_hex))
    assert await wire.answer(len(expected)) == expected


async def test_a_request_may_come_byte_by_byte(wire: Wire) -> None:
    for byte in frame("10 0000 0002 04 0001 0002"):
        wire.send(bytes((byte,)))
        await asyncio.sleep(0)
    assert await wire.answer(8) == frame("10 0000 0002")


async def test_a_damaged_frame_is_not_answered_and_the_next_one_is(
    wire: Wire, until: Until
) -> None:
    damaged = bytearray(frame("06 0000 0007"))
    damaged[4] ^= 1
    wire.send(bytes(damaged))
    await until(lambda: wire.server.counters.malformed == 1)
    assert wire.silent()
    assert not wire.bank.has_writer
    wire.send(frame("04 0000 0001"))
    assert await wire.answer(7) == frame("04 02 0001")


async def test_other_units_talk_on_the_line_and_only_ours_is_answered(wire: Wire) -> None:
    # Requests to units 1 and 2 with their answers, in one lump with one to us.
    others = (
        frame("03 0000 0002", unit=1),
        frame("03 04 0001 0002", unit=1),
        frame("10 0000 0001 02 0009", unit=2),
        frame("10 0000 0001", unit=2),
        frame("06 0000 0001", unit=0),
    )
    wire.send(b"".join(others) + frame("04 0000 0001"))
    assert await wire.answer(7) == frame("04 02 0001")
    assert wire.server.counters.requests == 1
    assert not wire.bank.has_writer


async def test_a_broadcast_is_not_answered_and_writes_nothing(wire: Wire) -> None:
    wire.send(frame("06 0000 0001", unit=0) + frame("03 0000 0001"))
    assert await wire.answer(7) == frame("03 02 0000")


async def test_whoever_writes_on_the_line_is_the_writer_until_it_closes(wire: Wire) -> None:
    wire.send(frame("06 0000 0001"))
    await wire.answer(8)
    assert wire.bank.has_writer
    await wire.server.stop()
    assert not wire.bank.has_writer


async def test_a_device_that_goes_away_is_told_and_opened_again_when_it_is_back(
    wire: Wire, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspectd_drivers.modbus_rtu, "_FIRST_PAUSE_S", 0.001)
    wire.server._pause_s = 0.001
    wire.send(frame("06 0000 0001"))
    await wire.answer(8)
    os.close(wire.slave)
    os.close(wire.master)
    await until(lambda: wire.server.counters.links_lost == 1)
    assert not wire.bank.has_writer
    # The kernel gives the next pair the lowest free name, which is the one that has gone.
    pairs = []
    for _ in range(20):
        pairs.append(pty.openpty())
        if os.ttyname(pairs[-1][1]) == wire.device:
            break
    wire.master, wire.slave = pairs.pop()
    assert os.ttyname(wire.slave) == wire.device
    os.set_blocking(wire.master, False)
    await until(lambda: wire.server.counters.connections == 1)
    wire.send(frame("04 0000 0001"))
    assert await wire.answer(7) == frame("04 02 0001")
    assert wire.told[0] == wire.told[2] == ""
    assert wire.device in wire.told[1]
    for descriptor in itertools.chain.from_iterable(pairs):
        os.close(descriptor)


@pytest.mark.parametrize(("device", "remedy"), [("/dev/nosuch", "by-id"), ("/dev/null", "serial")])
async def test_a_device_that_does_not_do_is_one_line_with_a_remedy(
    device: str, remedy: str
) -> None:
    bank = RegisterBank(Nobody(), control_words=10, mirror_address=1000)
    line = SerialLine(device, 19_200, "even", 1)
    server = ModbusSerialServer(line, bank, unit_id=1, told=lambda _: None)
    with pytest.raises(PublishError, match=f"{device}.*{remedy}") as caught:
        await server.start()
    assert "\n" not in str(caught.value)
    await server.stop()


async def test_libmodbus_reads_and_writes_over_a_serial_line() -> None:
    async with serial_line() as (ours, plcs):
        bank = RegisterBank(Nobody(), control_words=10, mirror_address=1000)
        bank.publish(WORDS)
        line = SerialLine(ours, 115_200, "even", 1)
        server = ModbusSerialServer(line, bank, unit_id=UNIT, told=lambda _: None)
        await server.start()
        with libmodbus_rtu(plcs, 115_200, unit=UNIT) as client:
            assert tuple(await client.read(0, 62)) == WORDS
            await client.write(0, [1, 2, 3])
            assert await client.read(0, 3, holding=True) == [1, 2, 3]
            with pytest.raises(OSError, match="Illegal data address"):
                await client.read(62, 1)
        await server.stop()
    assert server.counters.malformed == 0
