"""The handshake run by clients of other houses: libmodbus in C, modbus-serial in node."""

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from support.libmodbus import LibModbus, libmodbus_rtu, libmodbus_tcp
from support.serial_line import serial_line
from support.tools import program, tool

from inspectd.core.verdict import Decision, Verdict
from inspectd.publish.plc import LineEvents, PlcLink
from inspectd.publish.register_map import (
    CONTROL,
    CONTROL_BITS,
    INPUT,
    INPUT_WORDS,
    MIRROR_ADDRESS,
    STATUS_BITS,
    decode,
    encode,
    pack_bits,
    unpack_bits,
)
from inspectd.publish.register_values import LineStatus
from inspectd.settings.plc import PlcSettings
from inspectd.simulate.ports import free_port

Parts = list[tuple[int, int]]
MakeVerdict = Callable[..., Verdict]
Until = Callable[[Callable[[], bool]], Awaitable[None]]
PART_ID = 70_007
CLIENT = Path(__file__).parents[1] / "support" / "handshake_client.cjs"


async def judge_when_taken(
    link: PlcLink, taken: Parts, make_verdict: MakeVerdict, until: Until
) -> None:
    await until(lambda: bool(taken))
    link.exposure_complete(101)
    verdict = make_verdict(
        sequence=70_001, acquisition_id=101, part_id=taken[0][0], decision=Decision.PASS
    )
    assert link.publish(verdict, 1.0)


async def test_modbus_serial_reads_the_map_and_takes_a_part_through_the_handshake(
    link: PlcLink, taken: Parts, make_verdict: MakeVerdict, until: Until
) -> None:
    node, modules = program("node"), tool("node") / "node_modules"
    judging = asyncio.create_task(judge_when_taken(link, taken, make_verdict, until))
    process = await asyncio.create_subprocess_exec(
        node,
        *(str(CLIENT), str(link.port), str(PART_ID)),
        env=os.environ | {"NODE_PATH": str(modules)},
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        said, _ = await process.communicate()
    await judging
    seen = json.loads(said)
    assert seen["map"] == seen["mirror"]
    assert len(seen["map"]) == INPUT_WORDS
    assert decode(INPUT, seen["map"], "high_first")["word_order_check"] == 0x0102_0304
    assert seen["refused"] == 2
    assert seen["acquisitionId"] == 101
    assert taken == [(PART_ID, 9)]
    record = decode(INPUT, seen["record"], "high_first")
    assert (record["result_part_id"], record["verdict"]) == (PART_ID, Decision.PASS)
    assert link._handshake.free_slots == 8
    counters = link.counters
    assert (counters.ack_mismatches, counters.missed, counters.foreign_writes) == (0, 0, 0)


async def test_a_plc_on_modbus_serial_that_is_the_server_takes_a_part_through_the_handshake(
    supervisor: LineEvents, taken: Parts, make_verdict: MakeVerdict, until: Until
) -> None:
    node, modules, port = program("node"), tool("node") / "node_modules", free_port()
    process = await asyncio.create_subprocess_exec(
        node,
        *(str(CLIENT.with_name("serving_plc.cjs")), str(port), str(PART_ID)),
        env=os.environ | {"NODE_PATH": str(modules)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(60):
        assert await process.stdout.readline() == b"listening\n"
        client = {"host": "127.0.0.1", "port": port, "poll_ms": 1, "timeout_ms": 5000}
        link = PlcLink(PlcSettings.model_validate({"client": client}), supervisor)
        await link.start()
        link.update(LineStatus(ready=True, online=True, camera_connected=True))
        await judge_when_taken(link, taken, make_verdict, until)
        record = decode(INPUT, json.loads(await process.stdout.readline()), "high_first")
        await link.stop()
        await process.communicate(b"")
    assert record["result_sequence"] == 70_001
    assert (record["result_part_id"], record["verdict"]) == (PART_ID, Decision.PASS)
    assert taken == [(PART_ID, 0)]
    counters = link.counters
    assert (counters.read_back_failures, counters.links_lost, counters.ack_mismatches) == (0, 0, 0)


class LibModbusPlc:
    """A PLC's program over libmodbus."""

    def __init__(self, client: LibModbus) -> None:
        self._client = client
        self._beat = 0

    async def write(self, *bits: str, **numbers: int) -> None:
        self._beat += 1
        values = {"plc_heartbeat": self._beat, **numbers}
        values["control"] = pack_bits(CONTROL_BITS, dict.fromkeys(bits, 1))
        await self._client.write(0, list(encode(CONTROL, values, "high_first")))

    async def until(self, bit: str, up: int) -> dict[str, int]:
        until_s = time.monotonic() + 60
        while time.monotonic() < until_s:
            values = decode(INPUT, await self._client.read(0, INPUT_WORDS), "high_first")
            if unpack_bits(STATUS_BITS, values["status"])[bit] == up:
                return values
        msg = f"{bit} never became {up}"
        raise AssertionError(msg)


async def take_one_part(client: LibModbus, taken: Parts, judging: Awaitable[None]) -> None:
    """A PLC's program: the whole handshake for one part."""
    plc = LibModbusPlc(client)
    await plc.write("TriggerEnable")
    await plc.until("TriggerReady", 1)
    await plc.write("TriggerEnable", "Trigger", part_id=PART_ID, lot_id=9)
    assert (await plc.until("TriggerAck", 1))["acquisition_id"] == 101
    assert taken == [(PART_ID, 9)]
    await plc.write("TriggerEnable")
    await plc.until("TriggerAck", 0)
    await judging
    record = await plc.until("ResultsValid", 1)
    assert record["result_sequence"] == record["result_sequence_copy"] == 70_001
    assert (record["result_part_id"], record["verdict"]) == (PART_ID, Decision.PASS)
    await plc.write("TriggerEnable", "ResultsAck", ack_sequence=70_001)
    await plc.until("ResultsValid", 0)
    await plc.write("TriggerEnable")


async def test_libmodbus_reads_the_map_and_takes_a_part_through_the_handshake(
    link: PlcLink, taken: Parts, make_verdict: MakeVerdict, until: Until
) -> None:
    with libmodbus_tcp(link.port) as client:
        whole = await client.read(0, INPUT_WORDS)
        assert whole == await client.read(MIRROR_ADDRESS, INPUT_WORDS, holding=True)
        await take_one_part(client, taken, judge_when_taken(link, taken, make_verdict, until))
    assert link.counters.ack_mismatches == 0


async def test_libmodbus_takes_a_part_through_the_handshake_on_a_serial_line(
    supervisor: LineEvents, taken: Parts, make_verdict: MakeVerdict, until: Until
) -> None:
    async with serial_line() as (ours, plcs):
        serial = {"device": ours, "baud": 115_200}
        settings = PlcSettings.model_validate({"watchdog_ms": 60_000, "serial": serial})
        link = PlcLink(settings, supervisor)
        await link.start()
        link.update(LineStatus(ready=True, online=True, camera_connected=True))
        with libmodbus_rtu(plcs, 115_200) as client:
            await take_one_part(client, taken, judge_when_taken(link, taken, make_verdict, until))
        await link.stop()
    assert (link.counters.ack_mismatches, link.counters.malformed) == (0, 0)
