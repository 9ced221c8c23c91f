"""The PLC link against Debian's mbpoll: a client that shares no line with pymodbus."""

import asyncio
import re
import shutil
from collections.abc import Callable

import pytest
from pymodbus.client import AsyncModbusTcpClient

from inspectd.core.verdict import Decision, Verdict
from inspectd.publish.plc import PlcLink
from inspectd.publish.register_map import INPUT_WORDS, MIRROR_ADDRESS

Parts = list[tuple[int, int]]
MakeVerdict = Callable[..., Verdict]


async def mbpoll(port: int, *arguments: str) -> str:
    program = shutil.which("mbpoll")
    if program is None:
        pytest.skip("mbpoll is not installed")
    process = await asyncio.create_subprocess_exec(
        program,
        *("-m", "tcp", "-p", str(port), "-a", "1", "-0", "-1", "-B", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(60):
        said, _ = await process.communicate()
    return said.decode()


def polled(said: str) -> dict[int, int]:
    """Addresses and numbers of mbpoll's lines `[20]: 70005`."""
    lines = re.findall(r"^\[(\d+)\]:\s+(-?\d+)", said, re.MULTILINE)
    return {int(address): int(number) for address, number in lines}


@pytest.mark.parametrize(("table", "start"), [("3", 0), ("4", MIRROR_ADDRESS)])
async def test_mbpoll_reads_the_record_as_32_bit_numbers(
    link: PlcLink, make_verdict: MakeVerdict, table: str, start: int
) -> None:
    link.publish(make_verdict(sequence=70_005, acquisition_id=70_006, part_id=70_007), 1.0)
    said = await mbpoll(
        link.port, "-t", f"{table}:int", "-r", str(start + 20), "-c", "3", "127.0.0.1"
    )
    expected = {20: 70_005, 22: 70_006, 24: 70_007}
    assert polled(said) == {start + address: number for address, number in expected.items()}


async def test_mbpoll_reads_the_whole_block_like_pymodbus(
    link: PlcLink, make_verdict: MakeVerdict
) -> None:
    link.publish(make_verdict(), 1.0)
    said = await mbpoll(link.port, "-t", "3", "-r", "0", "-c", str(INPUT_WORDS), "127.0.0.1")
    words = [number & 0xFFFF for _, number in sorted(polled(said).items())]
    async with AsyncModbusTcpClient("127.0.0.1", port=link.port) as client:
        answer = await client.read_input_registers(0, count=INPUT_WORDS, device_id=1)
    assert words == list(answer.registers)


async def test_mbpoll_announces_a_part_without_waiting_for_ready_and_misses_it(
    link: PlcLink, taken: Parts, missed: Parts
) -> None:
    block = (0b11, 1, 0, 0, 1, 4471, 0, 9, 0, 0)
    said = await mbpoll(
        link.port, "-t", "4", "-r", "0", "127.0.0.1", *(str(word) for word in block)
    )
    assert "Written 10 references" in said
    assert missed == [(0x1_0000 + 4471, 9)]
    assert taken == []


async def test_mbpoll_is_told_which_register_does_not_exist(link: PlcLink) -> None:
    said = await mbpoll(link.port, "-t", "3", "-r", str(INPUT_WORDS), "127.0.0.1")
    assert "Illegal data address" in said


async def test_mbpoll_may_not_write_beside_the_plc(link: PlcLink) -> None:
    async with AsyncModbusTcpClient("127.0.0.1", port=link.port) as plc:
        await plc.write_register(0, 1, device_id=1)
        said = await mbpoll(link.port, "-t", "4", "-r", "0", "127.0.0.1", "0")
        control = await plc.read_holding_registers(0, count=1, device_id=1)
    assert "Slave device or server is busy" in said
    assert list(control.registers) == [1]
    assert link.counters.foreign_writes == 1


async def test_mbpoll_reads_a_missed_parts_record_and_acknowledges_it(
    link: PlcLink, missed: Parts, make_verdict: MakeVerdict
) -> None:
    announced = [str(word) for word in (0b11, 1, 0, 0, 0, 4471, 0, 9, 0, 0)]
    await mbpoll(link.port, "-t", "4", "-r", "0", "127.0.0.1", *announced)
    assert missed == [(4471, 9)]
    link.publish(make_verdict(sequence=6, part_id=4471, decision=Decision.NO_VERDICT), 1.0)
    said = await mbpoll(link.port, "-t", "3", "-r", "20", "-c", "7", "127.0.0.1")
    assert polled(said)[21] == 6
    assert polled(said)[26] == Decision.NO_VERDICT
    # mbpoll leaves after each write: its bits drop, ResultsAck with them.
    acknowledged = [str(word) for word in (0b1000, 2, 0, 0, 0, 0, 0, 0, 0, 6)]
    await mbpoll(link.port, "-t", "4", "-r", "0", "127.0.0.1", *acknowledged)
    said = await mbpoll(link.port, "-t", "3", "-r", "20", "-c", "2", "127.0.0.1")
    assert polled(said) == {20: 0, 21: 0}
