"""The desk for commands: each is ended once, whatever becomes of it."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from inspectd.core.commands import DONE, CommandAnswer, CommandResult, LineCommand
from inspectd.supervisor.alarms import AlarmDesk
from inspectd.supervisor.commands import LineCommands


class Bench:
    def __init__(self) -> None:
        self.done: list[str] = []
        self.answer: Any = DONE
        self.ended: list[CommandAnswer] = []
        note = self.done.append
        line = SimpleNamespace(go_offline=lambda: note("offline"), go_online=lambda: note("online"))
        publication = SimpleNamespace(
            clear_error=lambda: note("cleared"), forget_overruns=lambda: note("forgotten")
        )
        children = [
            SimpleNamespace(is_up=lambda: True, hurry=lambda: note("hurried the wrong one")),
            SimpleNamespace(is_up=lambda: False, hurry=lambda: note("hurried")),
        ]
        self.alarms = AlarmDesk(lambda _: None)
        changeover = SimpleNamespace(prepare=self._take, activate=self._take)
        self.desk = LineCommands(
            line=cast("Any", line),
            changeover=cast("Any", changeover),
            publication=cast("Any", publication),
            children=cast("Any", children),
            verification=None,
            alarms=self.alarms,
        )

    async def _take(self, number: int) -> CommandAnswer:
        await asyncio.sleep(0)
        self.done.append(f"recipe {number}")
        if isinstance(self.answer, Exception):
            raise self.answer
        return cast("CommandAnswer", self.answer)

    async def run(self, command: LineCommand, argument: int = 0) -> CommandResult:
        ended: asyncio.Future[CommandAnswer] = asyncio.get_running_loop().create_future()
        self.desk.run(command, argument, ended.set_result)
        async with asyncio.timeout(60):
            return (await ended).result


@pytest.fixture
async def bench() -> Bench:
    return Bench()


@pytest.mark.parametrize(
    ("command", "done"),
    [
        (LineCommand.GO_OFFLINE, ["offline"]),
        (LineCommand.GO_ONLINE, ["online"]),
        (LineCommand.ACKNOWLEDGE_ERROR, ["cleared", "forgotten"]),
        (LineCommand.RESET, ["hurried", "cleared", "forgotten"]),
        (LineCommand.PREPARE_RECIPE, ["recipe 7"]),
        (LineCommand.ACTIVATE_RECIPE, ["recipe 7"]),
    ],
)
async def test_a_command_is_carried_out(
    bench: Bench, command: LineCommand, done: list[str]
) -> None:
    assert await bench.run(command, 7) is CommandResult.DONE
    assert bench.done == done


@pytest.mark.parametrize("command", [LineCommand.VERIFY, LineCommand.DEQUEUE_RESULT])
async def test_what_is_not_possible_is_ended_with_a_reason(
    bench: Bench, command: LineCommand
) -> None:
    assert await bench.run(command) is CommandResult.NOT_POSSIBLE_NOW


async def test_a_fault_of_the_program_ends_a_command_too(bench: Bench) -> None:
    bench.answer = ValueError("a defect")
    assert await bench.run(LineCommand.ACTIVATE_RECIPE, 2) is CommandResult.FAILED


async def test_clearing_the_error_acknowledges_every_alarm(bench: Bench) -> None:
    bench.alarms.look({"station_down": "gone"})
    await bench.run(LineCommand.ACKNOWLEDGE_ERROR)
    (alarm,) = bench.alarms.look({"station_down": "gone"})
    assert alarm.state == "acknowledged"
