"""The server against raw sockets that keep no rule: what is answered, closed, or starved."""

import asyncio
import struct
from collections.abc import Awaitable, Callable

import inspectd_drivers.modbus
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inspectd_drivers.modbus import ModbusServer
from support.modbus import closed, connected, frame, response, serving

SERVED = {3, 4, 6, 16}
Until = Callable[[Callable[[], bool]], Awaitable[None]]


async def test_each_of_256_function_codes_gets_one_answer_and_the_connection_stays() -> None:
    async with serving() as server, connected(server) as (reader, writer):
        for code in range(256):
            writer.write(frame(code, f"{code:02x} 0000 0001"))
        answers = [await response(reader) for _ in range(256)]
    assert [transaction for transaction, _, _ in answers] == list(range(256))
    refused = {code: pdu for code, _, pdu in answers if pdu[0] & 0x80}
    # 16 is served, and this is too short for it.
    assert refused.pop(16) == bytes((0x90, 3))
    assert set(refused) == set(range(256)) - SERVED
    assert all(pdu == bytes((code | 0x80, 1)) for code, pdu in refused.items())
    assert server.counters.malformed == 0


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (struct.pack(">HHHB", 1, 0, 256, 1) + bytes(255), "above the longest frame"),
        (struct.pack(">HHHB", 1, 0, 0xFFFF, 1), "far above it"),
        (struct.pack(">HHHB", 1, 0, 0, 1), "no unit"),
        (struct.pack(">HHHB", 1, 0, 1, 1), "no function"),
        (struct.pack(">HHHB", 1, 0x0A0D, 6, 1) + bytes(5), "another protocol"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_frame_that_cannot_be_one_ends_its_connection_and_no_other(
    sent: bytes, why: str
) -> None:
    del why
    async with serving() as server, connected(server) as (other, to_other):
        async with connected(server) as (reader, writer):
            writer.write(sent)
            assert await closed(reader)
        to_other.write(frame(2, "04 0000 0001"))
        assert (await response(other))[0] == 2
        assert server.counters.malformed == 1


async def test_the_longest_frame_is_answered() -> None:
    longest = "10 0000 007b f6" + "00" * 246
    async with serving() as server, connected(server) as (reader, writer):
        writer.write(frame(1, longest) + frame(2, "04 0000 0001"))
        assert (await response(reader))[2] == bytes.fromhex("90 02")
        assert (await response(reader))[0] == 2


async def test_a_length_that_swallows_the_next_request_answers_what_it_says() -> None:
    # One byte too many: the request is wrong, and the stream is still in step.
    async with serving() as server, connected(server) as (reader, writer):
        request = bytes.fromhex("04 0000 0001 00")
        writer.write(struct.pack(">HHHB", 1, 0, 7, 1) + request + frame(2, "04 0000 0001"))
        assert (await response(reader))[2] == bytes.fromhex("84 03")
        assert (await response(reader))[2] == bytes.fromhex("04 02 0001")


async def test_a_drip_of_bytes_keeps_no_connection_alive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inspectd_drivers.modbus, "_IDLE_TIMEOUT_S", 0.1)
    async with serving() as server, connected(server) as (reader, writer):
        gone = asyncio.create_task(closed(reader))
        for byte in (frame(1, "04 0000 0001") * 1000)[:5]:
            writer.write(bytes((byte,)))
            await asyncio.sleep(0)
        assert await gone
    assert server.counters.idle_closed == 1
    assert server.counters.requests == 0


async def test_connections_that_drip_make_way_for_a_plc(
    monkeypatch: pytest.MonkeyPatch, until: Until
) -> None:
    async with serving(max_connections=4) as server:
        slow = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(4)]
        await until(lambda: server.counters.connections == 4)
        async with connected(server) as (refused, _):
            assert await closed(refused)
        monkeypatch.setattr(inspectd_drivers.modbus, "_ROOM_AFTER_S", 0.0)
        async with connected(server) as (reader, writer):
            writer.write(frame(1, "04 0000 0001"))
            assert (await response(reader))[0] == 1
        assert (server.counters.idle_closed, server.counters.connections_refused) == (1, 1)
        await until(lambda: server.counters.connections == 3)
        for _, writer in slow:
            writer.close()


async def test_the_writer_keeps_its_place_however_silent_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inspectd_drivers.modbus, "_ROOM_AFTER_S", 0.0)
    async with serving(max_connections=1) as server, connected(server) as (reader, writer):
        writer.write(frame(1, "06 0000 0001"))
        await response(reader)
        async with connected(server) as (refused, _):
            assert await closed(refused)
        writer.write(frame(2, "03 0000 0001"))
        assert (await response(reader))[2] == bytes.fromhex("03 02 0001")


async def test_of_200_connections_at_once_as_many_are_served_as_may_be() -> None:
    async with serving(max_connections=8) as server:
        async with connected(server) as (plc, to_plc):
            to_plc.write(frame(1, "06 0000 0001"))
            await response(plc)

            async def ask(number: int) -> bool:
                async with connected(server) as (reader, writer):
                    writer.write(frame(number, "04 0000 003e"))
                    try:
                        served = (await response(reader))[0] == number
                    except (asyncio.IncompleteReadError, ConnectionError):
                        return False
                    await leave.wait()
                    return served

            leave = asyncio.Event()
            tasks = [asyncio.create_task(ask(number)) for number in range(200)]
            refused = 0
            for ended in asyncio.as_completed(tasks):
                refused += not await ended
                if refused == 193:
                    leave.set()
            to_plc.write(frame(2, "03 0000 0001"))
            assert (await response(plc))[2] == bytes.fromhex("03 02 0001")
        assert refused == server.counters.connections_refused == 193


@given(st.lists(st.binary(max_size=300), max_size=4))
@settings(max_examples=40, deadline=None)
def test_no_bytes_stop_the_server_from_serving_the_next_client(segments: list[bytes]) -> None:
    async def attack() -> bytes:
        async with serving() as server:
            async with connected(server) as (_, writer):
                for segment in segments:
                    writer.write(segment)
                    await asyncio.sleep(0)
            return await ask(server)

    async def ask(server: ModbusServer) -> bytes:
        async with connected(server) as (reader, writer):
            writer.write(frame(9, "04 0000 0001"))
            return (await response(reader))[2]

    assert asyncio.run(attack()) == bytes.fromhex("04 02 0001")
