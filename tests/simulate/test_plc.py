"""The simulated PLC against the real link, and against a service that errs."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from inspectd_drivers.modbus import ModbusServer
from inspectd_drivers.modbus_bank import RegisterBank

from inspectd.core.commands import DONE, CommandAnswer, CommandResult, LineCommand
from inspectd.core.errors import PublishError
from inspectd.core.verdict import Decision, Verdict
from inspectd.publish.plc import PlcLink
from inspectd.publish.register_map import (
    CONTROL_WORDS,
    INPUT,
    MAP_VERSION,
    MIRROR_ADDRESS,
    STATUS_BITS,
    WORD_ORDER_CHECK,
    WordOrder,
    encode,
    pack_bits,
)
from inspectd.publish.register_values import LineStatus, decode_control
from inspectd.settings.plc import PlcSettings
from inspectd.simulate.plc import SimulatedPlc

READY = LineStatus(ready=True, online=True, camera_connected=True, state_number=6)
TIMEOUT_S = 60.0
MakeVerdict = Callable[..., Verdict]
Until = Callable[[Callable[[], bool]], Awaitable[None]]


class Line:
    """Answers every part at once, with the decisions in turn."""

    def __init__(self, make_verdict: MakeVerdict) -> None:
        self.make_verdict = make_verdict
        self.decisions = [Decision.PASS]
        self.answering = True
        self.parts = 0
        self.link: PlcLink
        self.published_ns: dict[int, int] = {}
        self.commands: list[tuple[LineCommand, int]] = []
        self.answers: list[CommandAnswer] = []

    def on_trigger(self, part_id: int, lot_id: int) -> int:
        self.parts += 1
        # After the link has learnt the part's number from this call's answer.
        asyncio.get_running_loop().call_soon(self.link.exposure_complete, self.parts)
        if self.answering:
            decision = self.decisions[self.parts % len(self.decisions)]
            self.answer(part_id, self.parts, decision, lot_id)
        return self.parts

    def on_missed(self, part_id: int, lot_id: int) -> None:
        self.parts += 1
        self.answer(part_id, self.parts, Decision.NO_VERDICT, lot_id)

    def on_command(
        self, command: LineCommand, argument: int, ended: Callable[[CommandAnswer], None]
    ) -> None:
        self.commands.append((command, argument))
        asyncio.get_running_loop().call_soon(ended, self.answers.pop(0))

    def on_error_cleared(self) -> None:
        pass

    def answer(self, part_id: int, number: int, decision: Decision, lot_id: int = 0) -> None:
        verdict = self.make_verdict(
            sequence=number,
            acquisition_id=number,
            part_id=part_id,
            lot_id=lot_id,
            decision=decision,
        )
        self.published_ns[part_id] = time.monotonic_ns()
        assert self.link.publish(verdict, 1.0)


@asynccontextmanager
async def serving(line: Line, port: int = 0, order: WordOrder = "high_first") -> AsyncIterator[int]:
    line.link = PlcLink(PlcSettings(port=port, word_order=order), line)
    await line.link.start()
    line.link.update(READY)
    try:
        yield line.link.port
    finally:
        await line.link.stop()


@pytest.fixture
def line(make_verdict: MakeVerdict) -> Line:
    return Line(make_verdict)


@pytest.fixture(autouse=True)
async def bounded() -> AsyncIterator[None]:
    async with asyncio.timeout(TIMEOUT_S):
        yield


@pytest.mark.parametrize("order", ["high_first", "low_first"])
async def test_every_part_is_announced_answered_and_counted_once(
    line: Line, order: WordOrder
) -> None:
    line.decisions = [Decision.PASS, Decision.FAIL, Decision.REVIEW, Decision.NO_VERDICT]
    async with (
        serving(line, order=order) as port,
        SimulatedPlc("127.0.0.1", port, poll_ms=0.5, word_order=order) as plc,
    ):
        acquisitions = [await plc.announce(part, 9) for part in range(70_001, 70_041)]
        await plc.drained()
    assert acquisitions == list(range(1, 41))
    assert sorted(plc.results) == list(range(70_001, 70_041))
    tally = plc.tally
    assert (tally.passed, tally.failed, tally.review, tally.no_verdict) == (10, 10, 10, 10)
    assert (tally.announced, tally.missed, tally.errors) == (40, 0, 0)
    assert (tally.duplicates, tally.mismatches) == (0, 0)
    assert line.link.counters.ack_mismatches == 0


async def test_a_result_says_when_the_plc_first_saw_it(line: Line) -> None:
    async with serving(line) as port, SimulatedPlc("127.0.0.1", port) as plc:
        await plc.announce(7, 0)
        await plc.drained()
        result = plc.results[7]
    assert result.decision is Decision.PASS
    assert (result.acquisition_id, result.sequence) == (1, 1)
    assert line.published_ns[7] <= result.first_seen_ns <= time.monotonic_ns()


async def test_a_part_that_finds_vision_not_ready_is_missed_and_still_answered(
    line: Line,
) -> None:
    async with (
        serving(line) as port,
        SimulatedPlc("127.0.0.1", port, ready_timeout_ms=10) as plc,
    ):
        line.link.update(LineStatus(online=True))
        assert await plc.announce(7, 0) is None
        await plc.drained()
    assert plc.results[7].decision is Decision.NO_VERDICT
    assert (plc.tally.missed, plc.tally.no_verdict) == (1, 1)


async def test_a_part_waits_for_trigger_ready(line: Line, until: Until) -> None:
    async with serving(line) as port, SimulatedPlc("127.0.0.1", port, ready_timeout_ms=1e5) as plc:
        line.link.update(LineStatus(online=True))
        announcing = asyncio.create_task(plc.announce(7, 0))
        requests = line.link.counters.requests
        await until(lambda: line.link.counters.requests > requests + 10)
        assert line.link.counters.triggers == 0
        line.link.update(READY)
        assert await announcing == 1


async def test_a_part_answered_twice_is_a_duplicate(line: Line, until: Until) -> None:
    async with serving(line) as port, SimulatedPlc("127.0.0.1", port) as plc:
        await plc.announce(7, 0)
        await plc.drained()
        line.answer(7, 2, Decision.FAIL)
        await until(lambda: plc.tally.duplicates == 1)
    assert plc.results[7].decision is Decision.PASS
    assert (plc.tally.passed, plc.tally.failed) == (1, 0)


async def test_a_part_that_nobody_announced_is_a_mismatch(line: Line, until: Until) -> None:
    async with serving(line) as port, SimulatedPlc("127.0.0.1", port) as plc:
        line.answer(8, 1, Decision.PASS)
        await until(lambda: plc.tally.mismatches == 1)


async def test_an_answer_under_another_acquisition_id_is_a_mismatch(line: Line) -> None:
    line.answering = False
    async with serving(line) as port, SimulatedPlc("127.0.0.1", port) as plc:
        await plc.announce(7, 0)
        line.answer(7, 5, Decision.PASS)
        await plc.drained()
    assert plc.tally.mismatches == 1


async def test_it_comes_back_when_the_service_does(line: Line, until: Until) -> None:
    async with serving(line) as port:
        plc = SimulatedPlc("127.0.0.1", port)
        async with plc:
            await plc.announce(1, 0)
            await line.link.stop()
            await until(lambda: plc.tally.errors > 0)
            async with serving(line, port):
                await plc.announce(2, 0)
                await plc.drained()
    assert sorted(plc.results) == [1, 2]


async def test_an_acknowledgement_that_the_lost_link_swallowed_is_given_again(
    line: Line, until: Until
) -> None:
    line.answering = False
    async with serving(line) as port, SimulatedPlc("127.0.0.1", port) as plc:
        for part in (1, 2):
            line.link.exposure_complete(part - 1)
            line.link.update(READY)
            assert await plc.announce(part, 0) == part
        line.answer(1, 1, Decision.PASS)
        line.answer(2, 2, Decision.FAIL)
        await until(lambda: 1 in plc.results)
        # As a pulled cable does: vision drops every bit of the PLC that it lost.
        line.link.writer_lost()
        plc._begin_again()
        await plc.drained()
    assert [plc.results[part].decision for part in (1, 2)] == [Decision.PASS, Decision.FAIL]
    assert (plc.tally.duplicates, plc.tally.mismatches) == (0, 0)


async def test_a_part_that_is_past_the_camera_is_announced_no_more(line: Line) -> None:
    async with serving(line) as port, SimulatedPlc("127.0.0.1", port, ready_timeout_ms=1e5) as plc:
        line.link.update(LineStatus(online=True))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await plc.announce(7, 0)
        line.link.update(READY)
        assert await plc.announce(8, 0) == 1
        await plc.drained()
    assert sorted(plc.results) == [8]


async def test_a_picture_that_nobody_announced_is_counted_and_must_not_pass(
    line: Line, until: Until
) -> None:
    async with serving(line) as port, SimulatedPlc("127.0.0.1", port) as plc:
        line.answer(0, 1, Decision.NO_VERDICT)
        line.answer(0, 2, Decision.NO_VERDICT)
        await until(lambda: plc.tally.unannounced == 2)
        assert (plc.tally.duplicates, plc.tally.mismatches) == (0, 0)
        line.answer(0, 3, Decision.PASS)
        await until(lambda: plc.tally.unannounced == 3)
        assert plc.tally.mismatches == 1
    assert plc.results == {}


async def test_without_a_service_it_says_so_in_one_line(free_port: int) -> None:
    with pytest.raises(PublishError, match=rf"127\.0\.0\.1:{free_port}"):
        async with SimulatedPlc("127.0.0.1", free_port):
            pass


async def test_nobody_waits_for_a_plc_that_has_stopped(line: Line) -> None:
    line.answering = False
    async with serving(line) as port:
        async with SimulatedPlc("127.0.0.1", port) as plc:
            await plc.announce(1, 0)
            draining = asyncio.create_task(plc.drained())
            await asyncio.sleep(0)
        with pytest.raises(PublishError, match="scan"):
            await draining
        with pytest.raises(PublishError, match="scan"):
            await plc.announce(2, 0)


class Impostor:
    """A service that shows whatever a test makes up, and counts acknowledgements."""

    def __init__(self) -> None:
        self.acknowledged = 0
        self.bank = RegisterBank(self, control_words=CONTROL_WORDS, mirror_address=MIRROR_ADDRESS)

    def show(self, *bits: str, **values: int) -> None:
        known = {
            "map_version": MAP_VERSION,
            "word_order_check": WORD_ORDER_CHECK,
            "result_sequence": 1,
            "result_sequence_copy": 1,
            "verdict": 1,
            "status": pack_bits(STATUS_BITS, dict.fromkeys(bits, 1)),
        }
        self.bank.publish(encode(INPUT, known | values, "high_first"))

    def control_written(self, words: tuple[int, ...]) -> None:
        self.acknowledged += decode_control(words, "high_first").results_ack

    def writer_lost(self) -> None:
        """Not needed here."""


@pytest.fixture
async def impostor() -> AsyncIterator[tuple[Impostor, int]]:
    service = Impostor()
    service.show()
    server = ModbusServer("127.0.0.1", 0, service.bank, unit_id=1, max_connections=1)
    await server.start()
    yield service, server.port
    await server.stop()


@pytest.mark.parametrize(
    "lie",
    [{"result_sequence_copy": 2}, {"map_version": 99}, {"word_order_check": 0x0304_0102}],
)
async def test_a_record_that_may_be_torn_or_misread_is_not_taken(
    impostor: tuple[Impostor, int], until: Until, lie: dict[str, int]
) -> None:
    service, port = impostor
    service.show("ResultsValid", "InspectionCompleted", **lie)
    async with SimulatedPlc("127.0.0.1", port) as plc:
        await until(lambda: plc.tally.mismatches > 2)
    assert plc.results == {}
    assert service.acknowledged == 0


async def test_a_verdict_that_is_none_is_a_mismatch_and_no_pass(
    impostor: tuple[Impostor, int], until: Until
) -> None:
    service, port = impostor
    service.show("ResultsValid", "InspectionCompleted", verdict=77, result_part_id=5)
    async with SimulatedPlc("127.0.0.1", port) as plc:
        await until(lambda: service.acknowledged > 0)
    assert plc.results[5].decision is Decision.NONE
    assert plc.tally.passed == 0
    assert plc.tally.mismatches == 2  # and nobody announced part 5


async def test_an_inspection_completed_that_does_not_flip_is_a_mismatch(
    impostor: tuple[Impostor, int], until: Until
) -> None:
    service, port = impostor
    async with SimulatedPlc("127.0.0.1", port) as plc:
        service.show("ResultsValid", "InspectionCompleted")
        await until(lambda: service.acknowledged > 0)
        service.show("InspectionCompleted")
        await until(lambda: not plc._bits["ResultsAck"])
        before = plc.tally.mismatches
        service.show("ResultsValid", "InspectionCompleted", result_part_id=5)
        await until(lambda: 5 in plc.results)
        assert plc.tally.mismatches == before + 2  # and nobody announced part 5


async def test_a_record_that_a_lost_link_shows_again_is_no_second_answer(
    impostor: tuple[Impostor, int], until: Until
) -> None:
    service, port = impostor
    async with SimulatedPlc("127.0.0.1", port) as plc:
        service.show("ResultsValid", "InspectionCompleted", result_part_id=5)
        await until(lambda: bool(plc._bits.get("ResultsAck")))
        plc._begin_again()
        await until(lambda: bool(plc._bits["ResultsAck"]))
    assert plc.tally.duplicates == 0
    assert plc.tally.mismatches == 1  # nobody announced part 5


async def test_commands_are_carried_out_one_after_the_other(make_verdict: MakeVerdict) -> None:
    line = Line(make_verdict)
    line.answers = [DONE, CommandAnswer(CommandResult.UNKNOWN_RECIPE, "none")]
    async with serving(line) as port, SimulatedPlc("127.0.0.1", port) as plc:
        async with asyncio.timeout(TIMEOUT_S):
            found = await asyncio.gather(plc.command(4, 2), plc.command(101, 3))
    assert list(found) == [CommandResult.DONE, CommandResult.UNKNOWN_RECIPE]
    assert line.commands == [(LineCommand.PREPARE_RECIPE, 2), (LineCommand.ACTIVATE_RECIPE, 3)]
