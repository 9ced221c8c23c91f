"""The PLC's commands: carried out at once or later, not possible now, or unknown."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from pymodbus.client import AsyncModbusTcpClient

from inspectd.core.commands import DONE, CommandAnswer, CommandResult, LineCommand, not_now
from inspectd.core.verdict import Verdict
from inspectd.publish.plc import PlcLink
from inspectd.publish.register_map import (
    CONTROL,
    CONTROL_BITS,
    INPUT,
    INPUT_WORDS,
    STATUS_2_BITS,
    STATUS_BITS,
    decode,
    encode,
    pack_bits,
    unpack_bits,
)

VERIFY, ACTIVATE = LineCommand.VERIFY, LineCommand.ACTIVATE_RECIPE


class Commander:
    """Writes a command and reads what became of it."""

    def __init__(self, client: AsyncModbusTcpClient) -> None:
        self._client = client
        self._heartbeat = 0

    async def write(self, *names: str, **values: int) -> tuple[set[str], int, int]:
        """The command bits that are up, the echo and the result after one write."""
        self._heartbeat += 1
        control = pack_bits(CONTROL_BITS, dict.fromkeys(names, 1))
        block = {"plc_heartbeat": self._heartbeat, "control": control, **values}
        words = list(encode(CONTROL, block, "high_first"))
        assert not (await self._client.write_registers(0, words, device_id=1)).isError()
        return await self.read()

    async def execute(self, code: int, **values: int) -> tuple[set[str], int, int]:
        return await self.write("ExecuteCommand", command_code=code, **values)

    async def read(self) -> tuple[set[str], int, int]:
        found = await self.registers()
        bits = unpack_bits(STATUS_BITS, found["status"])
        up = {name for name, value in bits.items() if value and name.startswith("Command")}
        return up, found["command_echo"], found["command_result"]

    async def registers(self) -> dict[str, int]:
        answer = await self._client.read_input_registers(0, count=INPUT_WORDS, device_id=1)
        return decode(INPUT, answer.registers, "high_first")


@pytest.fixture
async def plc(link: PlcLink) -> AsyncIterator[Commander]:
    async with AsyncModbusTcpClient("127.0.0.1", port=link.port) as client:
        yield Commander(client)


async def test_a_command_is_carried_out_once_and_says_so_until_execute_drops(
    plc: Commander, supervisor: Any
) -> None:
    completed = ({"CommandCompleted"}, VERIFY, 0)
    assert await plc.execute(VERIFY) == completed
    assert await plc.execute(VERIFY) == completed
    assert supervisor.commands == [(VERIFY, 0)]
    assert await plc.write(command_code=VERIFY) == (set(), 0, 0)
    await plc.execute(VERIFY)
    assert supervisor.commands == [(VERIFY, 0)] * 2


async def test_a_command_that_takes_its_time_executes_until_it_ends(
    plc: Commander, supervisor: Any
) -> None:
    supervisor.answer = None
    assert await plc.execute(ACTIVATE, command_argument=7) == ({"CommandExecuting"}, ACTIVATE, 0)
    assert supervisor.commands == [(ACTIVATE, 7)]
    supervisor.ended[0](DONE)
    assert await plc.read() == ({"CommandCompleted"}, ACTIVATE, 0)


async def test_the_end_of_a_command_that_the_plc_has_dropped_is_not_that_of_the_next(
    plc: Commander, supervisor: Any
) -> None:
    supervisor.answer = None
    await plc.execute(ACTIVATE, command_argument=7)
    assert await plc.write() == (set(), 0, 0)
    await plc.execute(ACTIVATE, command_argument=8)
    supervisor.ended[0](CommandAnswer(CommandResult.FAILED, "of the first"))
    assert await plc.read() == ({"CommandExecuting"}, ACTIVATE, 0)
    supervisor.ended[1](DONE)
    assert await plc.read() == ({"CommandCompleted"}, ACTIVATE, 0)


@pytest.mark.parametrize(
    "result", [CommandResult.NOT_POSSIBLE_NOW, CommandResult.UNKNOWN_RECIPE, CommandResult.FAILED]
)
async def test_a_command_that_is_not_carried_out_fails_with_its_result(
    plc: Commander, supervisor: Any, result: CommandResult
) -> None:
    supervisor.answer = CommandAnswer(result, "because")
    assert await plc.execute(ACTIVATE) == ({"CommandFailed"}, ACTIVATE, result)
    assert await plc.write() == (set(), 0, 0)


async def test_an_unknown_command_fails_with_1_and_reaches_nobody(
    plc: Commander, supervisor: Any
) -> None:
    supervisor.answer = not_now("no gauge")
    await plc.execute(VERIFY)
    await plc.write()
    assert await plc.execute(999) == ({"CommandFailed"}, 999, 1)
    assert supervisor.commands == [(VERIFY, 0)]


async def test_clear_error_is_passed_on_when_it_rises(plc: Commander, supervisor: Any) -> None:
    for _ in range(2):
        await plc.write("ClearError")
    await plc.write()
    await plc.write("ClearError")
    assert supervisor.cleared == 2


async def test_a_dequeued_result_makes_room_for_the_next(
    plc: Commander, link: PlcLink, make_verdict: Callable[..., Verdict]
) -> None:
    for sequence in (1, 2):
        link.publish(make_verdict(sequence=sequence, part_id=sequence), 1.0)
    dequeue = LineCommand.DEQUEUE_RESULT
    assert await plc.execute(dequeue, ack_sequence=1) == ({"CommandCompleted"}, dequeue, 0)
    found = await plc.registers()
    assert (found["result_part_id"], found["free_slots"]) == (2, 7)


async def test_a_result_that_the_plc_does_not_name_is_not_dequeued(
    plc: Commander, link: PlcLink, make_verdict: Callable[..., Verdict]
) -> None:
    link.publish(make_verdict(sequence=1, part_id=1), 1.0)
    dequeue = LineCommand.DEQUEUE_RESULT
    assert await plc.execute(dequeue, ack_sequence=2) == ({"CommandFailed"}, dequeue, 2)
    assert (await plc.registers())["result_part_id"] == 1


async def test_user_data_is_acknowledged_while_set_user_data_is_up(plc: Commander) -> None:
    await plc.write("SetUserData", part_id=5)
    assert await _user_data_ack(plc) == 1
    await plc.write(part_id=5)
    assert await _user_data_ack(plc) == 0


async def _user_data_ack(plc: Commander) -> int:
    found = await plc.registers()
    return unpack_bits(STATUS_2_BITS, found["status_2"])["SetUserDataAck"]
