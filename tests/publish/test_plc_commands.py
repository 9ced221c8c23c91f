"""The PLC's commands: carried out, not possible now, or unknown."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from pymodbus.client import AsyncModbusTcpClient

from inspectd.publish.plc import PlcLink
from inspectd.publish.register_map import (
    COMMAND_VERIFY,
    CONTROL,
    CONTROL_BITS,
    INPUT,
    INPUT_WORDS,
    STATUS_BITS,
    decode,
    encode,
    pack_bits,
    unpack_bits,
)


class Commander:
    """Writes a command and reads what became of it."""

    def __init__(self, client: AsyncModbusTcpClient) -> None:
        self._client = client
        self._heartbeat = 0

    async def write(self, *names: str, code: int = 0) -> tuple[set[str], int, int]:
        """The command bits that are up, the echo and the result after one write."""
        self._heartbeat += 1
        control = pack_bits(CONTROL_BITS, dict.fromkeys(names, 1))
        values = {"plc_heartbeat": self._heartbeat, "control": control, "command_code": code}
        words = list(encode(CONTROL, values, "high_first"))
        assert not (await self._client.write_registers(0, words, device_id=1)).isError()
        answer = await self._client.read_input_registers(0, count=INPUT_WORDS, device_id=1)
        found = decode(INPUT, answer.registers, "high_first")
        bits = unpack_bits(STATUS_BITS, found["status"])
        up = {name for name, value in bits.items() if value and name.startswith("Command")}
        return up, found["command_echo"], found["command_result"]


@pytest.fixture
async def plc(link: PlcLink) -> AsyncIterator[Commander]:
    async with AsyncModbusTcpClient("127.0.0.1", port=link.port) as client:
        yield Commander(client)


async def test_a_command_is_carried_out_once_and_says_so_until_execute_drops(
    plc: Commander, supervisor: Any
) -> None:
    completed = ({"CommandCompleted"}, COMMAND_VERIFY, 0)
    assert await plc.write("ExecuteCommand", code=COMMAND_VERIFY) == completed
    assert await plc.write("ExecuteCommand", code=COMMAND_VERIFY) == completed
    assert supervisor.commands == [COMMAND_VERIFY]
    assert await plc.write(code=COMMAND_VERIFY) == (set(), 0, 0)
    await plc.write("ExecuteCommand", code=COMMAND_VERIFY)
    assert supervisor.commands == [COMMAND_VERIFY] * 2


async def test_a_command_that_is_not_possible_now_fails_with_2(
    plc: Commander, supervisor: Any
) -> None:
    supervisor.why_not = "no gauge"
    said = await plc.write("ExecuteCommand", code=COMMAND_VERIFY)
    assert said == ({"CommandFailed"}, COMMAND_VERIFY, 2)
    assert await plc.write() == (set(), 0, 0)


async def test_an_unknown_command_fails_with_1_and_reaches_nobody(
    plc: Commander, supervisor: Any
) -> None:
    supervisor.why_not = "no gauge"
    await plc.write("ExecuteCommand", code=COMMAND_VERIFY)
    await plc.write()
    said = await plc.write("ExecuteCommand", code=COMMAND_VERIFY + 1)
    assert said == ({"CommandFailed"}, COMMAND_VERIFY + 1, 1)
    assert supervisor.commands == [COMMAND_VERIFY]


async def test_clear_error_is_passed_on_when_it_rises(plc: Commander, supervisor: Any) -> None:
    for _ in range(2):
        await plc.write("ClearError")
    await plc.write()
    await plc.write("ClearError")
    assert supervisor.cleared == 2
