"""The function block for PLCs, compiled by MATIEC, against the link that it is written for."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from support.plc_block import BlockPlc, compile_block

from inspectd.core.commands import CommandAnswer, CommandResult, LineCommand
from inspectd.core.verdict import Decision, Verdict
from inspectd.publish.plc import PlcLink
from inspectd.publish.register_values import LineStatus
from inspectd.settings.plc import PlcSettings

READY = LineStatus(ready=True, online=True, camera_connected=True, state_number=6, recipe_number=7)
JUDGED, NOT_READY, TIMEOUT, SKIPPED, RECIPE, ACQUISITION = range(6)
MakeVerdict = Callable[..., Verdict]


class Line:
    """Takes every part and every command, and judges when it is told to."""

    def __init__(self) -> None:
        self.parts: dict[int, int] = {}
        self.missed: list[int] = []
        self.commands: list[tuple[LineCommand, int]] = []
        self.answer = CommandAnswer()
        self.on_command_hook: Callable[[], None] = lambda: None

    def on_trigger(self, part_id: int, lot_id: int) -> int | None:
        del lot_id
        self.parts[part_id] = 100 + len(self.parts)
        return self.parts[part_id]

    def on_missed(self, part_id: int, lot_id: int) -> None:
        del lot_id
        self.missed.append(part_id)

    def on_command(
        self, command: LineCommand, argument: int, ended: Callable[[CommandAnswer], None]
    ) -> None:
        self.commands.append((command, argument))
        self.on_command_hook()
        ended(self.answer)

    def on_error_cleared(self) -> None:
        """Not needed here."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_block(tmp_path_factory.mktemp("block"))


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture(params=["high_first", "low_first"])
async def link(line: Line, request: pytest.FixtureRequest) -> AsyncIterator[PlcLink]:
    settings = PlcSettings(port=0, watchdog_ms=60_000, word_order=request.param)
    link = PlcLink(settings, line)
    await link.start()
    link.update(READY)
    yield link
    await link.stop()


@pytest.fixture
async def plc(built: Path, link: PlcLink) -> AsyncIterator[BlockPlc]:
    async with BlockPlc(built, link.port) as plc:
        await plc.ready()
        yield plc


@pytest.fixture
def judge(link: PlcLink, line: Line, make_verdict: MakeVerdict) -> Callable[[int, Decision], None]:
    sequences = iter(range(70_000, 80_000))

    def show(part_id: int, decision: Decision = Decision.PASS) -> None:
        acquisition_id = line.parts.get(part_id, 999)
        link.exposure_complete(acquisition_id)
        verdict = make_verdict(
            sequence=next(sequences),
            acquisition_id=acquisition_id,
            part_id=part_id,
            decision=decision,
        )
        assert link.publish(verdict, 1.0)

    return show


Judge = Callable[..., None]


async def test_fifty_parts_each_get_their_own_verdict_in_order(
    plc: BlockPlc, judge: Judge, link: PlcLink
) -> None:
    expected = []
    for part_id in range(70_001, 70_051):
        passes = part_id % 3 == 0
        link.beat()
        await plc.ready()
        await plc.start(part_id)
        judge(part_id, Decision.PASS if passes else Decision.FAIL)
        for _ in range(3):
            await plc.scan()
        expected.append((part_id, passes, JUDGED))
    assert plc.answers == expected
    assert (link.counters.ack_mismatches, link.counters.missed) == (0, 0)


async def test_parts_on_their_way_together_are_answered_one_after_the_other(
    plc: BlockPlc, judge: Judge, link: PlcLink, line: Line
) -> None:
    for part_id in (1, 2, 3, 4):
        await plc.ready()
        await plc.start(part_id)
        link.exposure_complete(line.parts[part_id])
    for part_id in (1, 2, 3, 4):
        judge(part_id)
    for _ in range(12):
        await plc.scan()
    assert plc.answers == [(part_id, True, JUDGED) for part_id in (1, 2, 3, 4)]
    assert plc.outputs["WaitingParts"] == 0


@pytest.mark.parametrize("decision", [Decision.FAIL, Decision.REVIEW, Decision.NO_VERDICT])
async def test_what_is_not_pass_is_rejected(
    plc: BlockPlc, judge: Judge, decision: Decision
) -> None:
    await plc.start(5)
    judge(5, decision)
    await plc.scan()
    assert plc.answers == [(5, False, JUDGED)]


async def test_a_part_without_a_record_in_time_is_rejected_and_its_late_pass_is_not_used(
    plc: BlockPlc, judge: Judge
) -> None:
    await plc.start(5)
    await plc.scan(later_ms=1001)
    assert plc.answers == [(5, False, TIMEOUT)]
    judge(5)
    for _ in range(3):
        await plc.scan()
    await plc.ready()
    await plc.start(6)
    judge(6)
    await plc.scan()
    assert plc.answers[1:] == [(6, True, JUDGED)]


async def test_a_record_that_comes_before_an_older_parts_rejects_the_older_part(
    plc: BlockPlc, judge: Judge, link: PlcLink, line: Line
) -> None:
    await plc.start(5)
    link.exposure_complete(line.parts[5])
    await plc.ready()
    await plc.start(6)
    judge(6)
    await plc.scan()
    await plc.scan()
    assert plc.answers == [(5, False, SKIPPED), (6, True, JUDGED)]


async def test_a_record_of_nobodys_part_warns_and_answers_none(plc: BlockPlc, judge: Judge) -> None:
    await plc.start(5)
    judge(0, Decision.NO_VERDICT)
    assert (await plc.scan())["RejectPrevious"]
    assert plc.answers == []
    judge(5)
    for _ in range(4):
        await plc.scan()
    assert plc.answers == [(5, True, JUDGED)]


async def test_under_another_recipe_nothing_passes(
    plc: BlockPlc, judge: Judge, make_verdict: MakeVerdict
) -> None:
    plc.inputs.recipe = make_verdict().provenance.recipe_number + 1
    await plc.start(5)
    judge(5)
    await plc.scan()
    assert plc.answers == [(5, False, RECIPE)]


async def test_a_pass_of_another_acquisition_is_rejected(
    plc: BlockPlc, judge: Judge, line: Line
) -> None:
    await plc.start(5)
    line.parts[5] += 1
    judge(5)
    await plc.scan()
    assert plc.answers == [(5, False, ACQUISITION)]


async def test_a_part_that_comes_while_vision_is_not_ready_is_rejected_and_not_announced(
    plc: BlockPlc, link: PlcLink, line: Line
) -> None:
    link.update(LineStatus(online=True, camera_connected=True))
    await plc.scan()
    await plc.start(5)
    assert plc.answers == [(5, False, NOT_READY)]
    assert (line.parts, line.missed) == ({}, [])


async def test_an_acknowledgement_that_the_connection_swallowed_answers_no_part_twice(
    plc: BlockPlc, judge: Judge, link: PlcLink
) -> None:
    await plc.start(5)
    judge(5)
    # Read and decided; the acknowledgement is not written.
    answer = await plc._client.read_input_registers(0, count=62, device_id=1)
    plc._words = list(answer.registers)
    await plc._decide(10, fresh=1, connected=1)
    await plc.reconnect()
    for _ in range(4):
        await plc.scan()
    assert plc.answers == [(5, True, JUDGED)]
    assert link.counters.ack_mismatches == 0
    assert link._handshake.free_slots == 8


async def test_a_pass_whose_trigger_was_not_seen_taken_is_rejected(
    plc: BlockPlc, judge: Judge, line: Line
) -> None:
    plc.inputs.start, plc.inputs.part_id = 1, 5
    await plc.scan()
    plc.inputs.start = 0
    assert line.parts
    await plc.reconnect()
    judge(5)
    await plc.scan()
    assert plc.answers == [(5, False, ACQUISITION)]


async def test_a_vision_heartbeat_that_stands_still_ends_ready(
    plc: BlockPlc, link: PlcLink
) -> None:
    assert not (await plc.scan(later_ms=2001))["VisionAlive"]
    assert not plc.outputs["Ready"]
    link.beat()
    assert (await plc.scan())["Ready"]


async def test_a_changeover_is_done_when_the_registers_name_the_recipe(
    plc: BlockPlc, line: Line, link: PlcLink
) -> None:
    active = LineStatus(ready=True, online=True, camera_connected=True, recipe_number=9)
    line.on_command_hook = lambda: link.update(active)
    plc.inputs.changeover, plc.inputs.recipe = 1, 9
    await plc.scan()
    assert not plc.outputs["Ready"]
    assert (await plc.scan())["CommandDone"]
    plc.inputs.changeover = 0
    await plc.ready()
    assert line.commands == [(LineCommand.ACTIVATE_RECIPE, 9)]
    assert not plc.outputs["CommandDone"]


@pytest.mark.parametrize("result", [CommandResult.UNKNOWN_RECIPE, CommandResult.DONE])
async def test_a_changeover_that_left_another_recipe_active_has_failed(
    plc: BlockPlc, line: Line, result: CommandResult
) -> None:
    line.answer = CommandAnswer(result, "")
    plc.inputs.changeover, plc.inputs.recipe = 1, 9
    await plc.scan()
    await plc.scan()
    assert (plc.outputs["CommandFailed"], plc.outputs["CommandDone"]) == (1, 0)


async def test_registers_of_something_else_are_told_and_nothing_is_ready(plc: BlockPlc) -> None:
    plc._words = [0] * 62
    await plc._decide(10, fresh=1, connected=1)
    assert plc.outputs["MapWrong"]
    assert not plc.outputs["Ready"]
