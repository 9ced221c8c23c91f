"""The server over real sockets: frames, order, limits."""

import asyncio
import itertools
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable

import inspectd_drivers.modbus
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from inspectd_drivers.modbus import ModbusServer
from inspectd_drivers.modbus_bank import RegisterBank
from pymodbus.client import AsyncModbusTcpClient
from support.modbus import WORDS, Nobody, closed, connected, frame, response, serving

from inspectd.core.errors import PublishError


@pytest.fixture
async def server() -> AsyncIterator[ModbusServer]:
    async with serving() as running:
        yield running


async def test_three_requests_in_one_segment_are_answered_in_order(server: ModbusServer) -> None:
    async with connected(server) as (reader, writer):
        requests = (
            frame(11, "04 0000 0001"),
            frame(12, "06 0001 0007"),
            frame(13, "03 0001 0001"),
        )
        writer.write(b"".join(requests))
        assert [await response(reader) for _ in requests] == [
            (11, 1, bytes.fromhex("04 02 0001")),
            (12, 1, bytes.fromhex("06 0001 0007")),
            (13, 1, bytes.fromhex("03 02 0007")),
        ]


async def test_a_thousand_pipelined_requests_are_all_answered_in_order(
    server: ModbusServer,
) -> None:
    async with connected(server) as (reader, writer):
        writer.write(b"".join(frame(number, "04 0000 003e") for number in range(1000)))
        answered = [(await response(reader))[0] for _ in range(1000)]
    assert answered == list(range(1000))


async def test_a_frame_may_arrive_byte_by_byte(server: ModbusServer) -> None:
    async with connected(server) as (reader, writer):
        stream = frame(1, "10 0000 0002 04 0005 0006") + frame(2, "03 0000 0002")
        for byte in stream:
            writer.write(bytes((byte,)))
            await writer.drain()
        assert await response(reader) == (1, 1, bytes.fromhex("10 0000 0002"))
        assert await response(reader) == (2, 1, bytes.fromhex("03 04 0005 0006"))


@given(cuts=st.lists(st.integers(1, 59), max_size=8, unique=True))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_however_a_stream_is_cut_the_answers_are_the_same(cuts: list[int]) -> None:
    async def exchange() -> list[tuple[int, int, bytes]]:
        stream = b"".join(frame(number, "04 0000 0001") for number in range(5))
        edges = [0, *sorted(cuts), len(stream)]
        async with serving() as server, connected(server) as (reader, writer):
            for start, end in itertools.pairwise(edges):
                writer.write(stream[start:end])
                await writer.drain()
                await asyncio.sleep(0)
            return [await response(reader) for _ in range(5)]

    expected = [(number, 1, bytes.fromhex("04 02 0001")) for number in range(5)]
    assert asyncio.run(exchange()) == expected


@pytest.mark.parametrize(
    ("pdu_hex", "answer_hex"),
    [("41 00", "c1 01"), ("03 0000 007e", "83 03"), ("04 003d 0002", "84 02")],
)
async def test_a_refused_request_is_answered_and_the_connection_stays(
    server: ModbusServer, pdu_hex: str, answer_hex: str
) -> None:
    async with connected(server) as (reader, writer):
        writer.write(frame(1, pdu_hex) + frame(2, "04 0000 0001"))
        assert await response(reader) == (1, 1, bytes.fromhex(answer_hex))
        assert await response(reader) == (2, 1, bytes.fromhex("04 02 0001"))


@pytest.mark.parametrize("unit", [0, 1, 255])
async def test_its_own_unit_and_the_two_for_anybody_are_answered(
    server: ModbusServer, unit: int
) -> None:
    async with connected(server) as (reader, writer):
        writer.write(frame(1, "04 0000 0001", unit=unit))
        assert await response(reader) == (1, unit, bytes.fromhex("04 02 0001"))


async def test_another_unit_is_told_that_nobody_is_there(server: ModbusServer) -> None:
    async with connected(server) as (reader, writer):
        writer.write(frame(1, "06 0000 0001", unit=9))
        assert await response(reader) == (1, 9, bytes.fromhex("86 0b"))
    assert not server.bank.has_writer


@pytest.mark.parametrize(
    "damaged",
    [
        frame(1, "04 0000 0001", protocol=1),
        struct.pack(">HHH", 1, 0, 1),
        struct.pack(">HHH", 1, 0, 255),
        b"GET / HTTP/1.1\r\n",
    ],
)
async def test_what_is_no_modbus_closes_the_connection_and_is_counted(
    server: ModbusServer, damaged: bytes
) -> None:
    async with connected(server) as (reader, writer):
        writer.write(damaged)
        assert await closed(reader)
    assert server.counters.malformed == 1
    async with connected(server) as (reader, writer):
        writer.write(frame(1, "04 0000 0001"))
        assert await response(reader) == (1, 1, bytes.fromhex("04 02 0001"))


async def test_requests_before_the_damage_are_still_answered(server: ModbusServer) -> None:
    async with connected(server) as (reader, writer):
        writer.write(frame(1, "06 0000 0009"))
        assert await response(reader) == (1, 1, bytes.fromhex("06 0000 0009"))
        writer.write(frame(2, "06 0000 0001", protocol=7))
        assert await closed(reader)


async def test_a_second_client_reads_but_may_not_write(server: ModbusServer) -> None:
    async with connected(server) as (first, to_first), connected(server) as (second, to_second):
        to_first.write(frame(1, "06 0000 0001"))
        await response(first)
        to_second.write(frame(2, "06 0000 0002") + frame(3, "03 0000 0001"))
        assert await response(second) == (2, 1, bytes.fromhex("86 06"))
        assert await response(second) == (3, 1, bytes.fromhex("03 02 0001"))
    assert server.bank.foreign_writes == 1


async def test_one_connection_too_many_is_closed_and_the_others_live(
    until: Callable[[Callable[[], bool]], Awaitable[None]],
) -> None:
    async with serving(max_connections=1) as server, connected(server) as (reader, writer):
        writer.write(frame(1, "04 0000 0001"))
        await response(reader)
        async with connected(server) as (refused, _):
            assert await closed(refused)
        assert server.counters.connections_refused == 1
        writer.write(frame(2, "04 0000 0001"))
        assert (await response(reader))[0] == 2
        writer.close()
        await until(lambda: server.counters.connections == 0)
        async with connected(server) as (next_reader, next_writer):
            next_writer.write(frame(3, "04 0000 0001"))
            assert (await response(next_reader))[0] == 3


async def test_a_connection_that_asks_for_nothing_is_closed(
    server: ModbusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspectd_drivers.modbus, "_IDLE_TIMEOUT_S", 0.05)
    async with connected(server) as (reader, writer):
        writer.write(frame(1, "04 0000 0001")[:6])
        assert await closed(reader)
    assert server.counters.idle_closed == 1


async def test_dead_peers_are_found_by_keepalive(server: ModbusServer) -> None:
    async with connected(server) as (reader, writer):
        writer.write(frame(1, "04 0000 0001"))
        await response(reader)
        (connection,) = server._connections
        peer = connection._transport.get_extra_info("socket")
        assert peer.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 10


async def test_a_client_that_never_reads_is_not_served_without_bound(
    server: ModbusServer, until: Callable[[Callable[[], bool]], Awaitable[None]]
) -> None:
    request = frame(1, "04 0000 003e") * 1000
    with socket.create_connection(("127.0.0.1", server.port)) as deaf:
        deaf.settimeout(0)

        def stuck() -> bool:
            try:
                deaf.send(request)
            except BlockingIOError:
                return True
            return False

        await until(stuck)
        (connection,) = server._connections
        # 4 KiB of requests at a time make at most 16 times that, above asyncio's own 64 KiB.
        assert connection._transport.get_write_buffer_size() < 2 * 1024 * 1024


async def test_a_client_that_floods_takes_only_its_turns(server: ModbusServer) -> None:
    async with connected(server) as (reader, writer):
        writer.write(frame(1, "04 0000 003e") * 2_000)
        drained = asyncio.create_task(reader.readexactly(2_000 * (9 + 2 * 62)))
        seen, most = 0, 0
        while not drained.done():
            await asyncio.sleep(0)
            most = max(most, server.counters.requests - seen)
            seen = server.counters.requests
        await drained
    assert most <= 2 * inspectd_drivers.modbus._AT_A_TURN


async def test_pymodbus_reads_and_writes_it(server: ModbusServer) -> None:
    async with AsyncModbusTcpClient("127.0.0.1", port=server.port) as client:
        written = await client.write_registers(0, [1, 2, 3], device_id=1)
        read = await client.read_holding_registers(0, count=3, device_id=1)
        block = await client.read_input_registers(0, count=62, device_id=1)
    assert not written.isError()
    assert list(read.registers) == [1, 2, 3]
    assert tuple(block.registers) == WORDS


async def test_a_reader_never_sees_half_a_block(server: ModbusServer) -> None:
    async def publish() -> None:
        for number in itertools.cycle(range(0x10000)):
            server.bank.publish((number,) * len(WORDS))
            await asyncio.sleep(0)

    seen: list[set[int]] = []
    async with asyncio.TaskGroup() as tasks, connected(server) as (reader, writer):
        publisher = tasks.create_task(publish())
        await asyncio.sleep(0)
        for number in range(500):
            writer.write(frame(number, "04 0000 003e"))
            seen.append(set(struct.unpack(">62H", (await response(reader))[2][2:])))
        publisher.cancel()
    assert {len(words) for words in seen} == {1}
    assert len(set().union(*seen)) > 100


async def test_a_busy_port_is_one_line_with_a_remedy(server: ModbusServer) -> None:
    bank = RegisterBank(Nobody(), control_words=10, mirror_address=1000)
    second = ModbusServer("127.0.0.1", server.port, bank, unit_id=1, max_connections=1)
    with pytest.raises(PublishError, match=rf"127\.0\.0\.1:{server.port}.*plc\.port") as caught:
        await second.start()
    assert "\n" not in str(caught.value)
    await second.stop()


async def test_an_address_of_another_machine_is_one_line_with_a_remedy() -> None:
    bank = RegisterBank(Nobody(), control_words=10, mirror_address=1000)
    server = ModbusServer("192.0.2.1", 0, bank, unit_id=1, max_connections=1)
    with pytest.raises(PublishError, match=r"192\.0\.2\.1.*plc\.host"):
        await server.start()


async def test_stop_ends_every_connection_and_frees_the_port(free_port: int) -> None:
    async with serving(port=free_port) as server, connected(server) as (reader, writer):
        writer.write(frame(1, "04 0000 0001"))
        await response(reader)
        await server.stop()
        assert await closed(reader)
        with socket.socket() as again:
            again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            again.bind(("127.0.0.1", server.port))
