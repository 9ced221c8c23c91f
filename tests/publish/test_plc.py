"""The PLC link against pymodbus as a real client."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from pymodbus.client import AsyncModbusTcpClient

from inspectd.core.errors import PublishError
from inspectd.core.handshake_rules import LinkFault
from inspectd.core.verdict import Decision, Verdict
from inspectd.publish.plc import LineEvents, PlcLink
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
from inspectd.publish.register_values import LineStatus
from inspectd.settings.plc import PlcSettings

READY = LineStatus(ready=True, online=True, camera_connected=True, state_number=6)
Parts = list[tuple[int, int]]
MakeVerdict = Callable[..., Verdict]
Until = Callable[[Callable[[], bool]], Awaitable[None]]


class Client:
    """A PLC program written by hand: one write of the whole block, one read of everything."""

    def __init__(self, client: AsyncModbusTcpClient) -> None:
        self._client = client
        self.heartbeat = 0

    async def write(self, *names: str, **numbers: int) -> bool:
        """Raise exactly these bits; False where the write was refused."""
        self.heartbeat += 1
        values = {"plc_heartbeat": self.heartbeat, **numbers}
        values["control"] = pack_bits(CONTROL_BITS, dict.fromkeys(names, 1))
        words = list(encode(CONTROL, values, "high_first"))
        return not (await self._client.write_registers(0, words, device_id=1)).isError()

    async def read(self) -> dict[str, int]:
        answer = await self._client.read_input_registers(0, count=INPUT_WORDS, device_id=1)
        return decode(INPUT, answer.registers, "high_first")

    async def bits(self) -> set[str]:
        """Names of all status bits that are up."""
        values = await self.read()
        status = unpack_bits(STATUS_BITS, values["status"])
        status |= unpack_bits(STATUS_2_BITS, values["status_2"])
        return {name for name, value in status.items() if value}


@pytest.fixture
async def plc(link: PlcLink) -> AsyncIterator[Client]:
    async with AsyncModbusTcpClient("127.0.0.1", port=link.port) as client:
        yield Client(client)


@pytest.fixture
async def reader(link: PlcLink) -> AsyncIterator[Client]:
    async with AsyncModbusTcpClient("127.0.0.1", port=link.port) as client:
        yield Client(client)


async def test_before_any_plc_writes_there_is_no_trigger_ready_and_no_verdict(
    plc: Client,
) -> None:
    assert await plc.bits() == {"Online", "CameraConnected"}
    assert (await plc.read())["verdict"] == Decision.NONE


async def test_a_trigger_is_taken_acknowledged_and_answered(
    link: PlcLink, plc: Client, taken: Parts, make_verdict: MakeVerdict
) -> None:
    await plc.write("TriggerEnable")
    assert "TriggerReady" in await plc.bits()
    await plc.write("TriggerEnable", "Trigger", part_id=70_007, lot_id=9)
    assert taken == [(70_007, 9)]
    bits = await plc.bits()
    assert "TriggerAck" in bits
    assert "TriggerReady" not in bits
    assert (await plc.read())["acquisition_id"] == 101
    await plc.write("TriggerEnable", part_id=70_007)
    link.exposure_complete(101)
    assert {"ExposureComplete", "TriggerReady"} <= await plc.bits()
    assert link.publish(make_verdict(sequence=5, acquisition_id=101, part_id=70_007), 1.5)
    values = await plc.read()
    assert values["result_part_id"] == 70_007
    assert values["verdict"] == Decision.FAIL
    assert values["result_sequence"] == values["result_sequence_copy"] == 5
    assert (values["triggers"], values["failed"]) == (1, 1)
    assert {"ResultsValid", "InspectionCompleted"} <= await plc.bits()


async def test_an_acknowledged_record_makes_way_for_the_next(
    link: PlcLink, plc: Client, make_verdict: MakeVerdict
) -> None:
    link.publish(make_verdict(sequence=1, decision=Decision.PASS), 1.0)
    link.publish(make_verdict(sequence=2), 1.0)
    assert {"ResultsValid", "JobPass"} <= await plc.bits()
    await plc.write("ResultsAck", ack_sequence=1)
    assert "ResultsValid" not in await plc.bits()
    await plc.write()
    assert (await plc.read())["result_sequence"] == 2
    assert "JobPass" not in await plc.bits()
    await plc.write("ResultsAck", ack_sequence=2)
    await plc.write()
    values = await plc.read()
    assert (values["result_sequence"], values["verdict"]) == (0, Decision.NONE)
    assert (values["passed"], values["failed"], values["free_slots"]) == (1, 1, 8)


async def test_a_trigger_while_not_ready_is_missed_and_handed_to_the_supervisor(
    link: PlcLink, plc: Client, taken: Parts, missed: Parts
) -> None:
    await plc.write("TriggerEnable")
    link.update(LineStatus(online=True, camera_connected=True))
    await plc.write("TriggerEnable", "Trigger", part_id=3)
    assert missed == [(3, 0)]
    assert taken == []
    assert "MissedAcq" in await plc.bits()
    values = await plc.read()
    assert (values["triggers"], values["missed"]) == (1, 1)


@pytest.mark.parametrize("lacking", ["ready", "online", "camera_connected"])
async def test_trigger_ready_needs_the_service_and_its_camera(
    link: PlcLink, plc: Client, lacking: str
) -> None:
    await plc.write("TriggerEnable")
    conditions = {"ready": True, "online": True, "camera_connected": True, lacking: False}
    link.update(LineStatus(**conditions))
    assert "TriggerReady" not in await plc.bits()
    link.update(READY)
    assert "TriggerReady" in await plc.bits()


async def test_a_trigger_that_the_supervisor_cannot_take_is_missed(
    plc: Client, supervisor: LineEvents, missed: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: Parts = []
    monkeypatch.setattr(supervisor, "on_trigger", lambda *part: asked.append(part))
    await plc.write("TriggerEnable")
    await plc.write("TriggerEnable", "Trigger", part_id=3)
    assert asked == [(3, 0)]
    assert missed == [(3, 0)]
    bits = await plc.bits()
    assert "MissedAcq" in bits
    assert "TriggerAck" not in bits


async def test_the_ninth_unread_result_overruns_and_the_oldest_are_kept(
    link: PlcLink, plc: Client, make_verdict: MakeVerdict
) -> None:
    await plc.write("TriggerEnable")
    published = [link.publish(make_verdict(sequence=number), 1.0) for number in range(1, 10)]
    assert published == [True] * 8 + [False]
    bits = await plc.bits()
    assert {"ResultsBufferOverrun", "Error"} <= bits
    assert "TriggerReady" not in bits
    values = await plc.read()
    assert (values["state"], values["free_slots"], values["result_sequence"]) == (5, 0, 1)
    assert values["error_code"] == LinkFault.RESULTS_OVERRUN
    assert values["failed"] == 8
    for number in range(1, 9):
        assert (await plc.read())["result_sequence"] == number
        await plc.write("TriggerEnable", "ResultsAck", ack_sequence=number)
        await plc.write("TriggerEnable")
    bits = await plc.bits()
    assert "TriggerReady" in bits
    assert "ResultsBufferOverrun" not in bits
    assert (await plc.read())["state"] == 6


async def test_counters_count_what_was_published(
    link: PlcLink, plc: Client, make_verdict: MakeVerdict
) -> None:
    for number, decision in enumerate((1, 2, 2, 3, 4, 4, 4), start=1):
        link.publish(make_verdict(sequence=number, decision=Decision(decision)), 1.0)
    values = await plc.read()
    counted = [values[name] for name in ("passed", "failed", "review", "no_verdict")]
    assert counted == [1, 2, 1, 3]
    assert link.counters.published == 7


async def test_parts_that_no_plc_announced_count_as_triggers(link: PlcLink, plc: Client) -> None:
    link.exposure_complete(1)
    link.exposure_complete(2)
    link.exposure_complete(2)
    values = await plc.read()
    assert (values["triggers"], values["acquisition_id"]) == (2, 2)
    assert link.counters.triggers == 2


async def test_the_exposure_of_an_earlier_part_does_not_complete_this_one(
    link: PlcLink, plc: Client
) -> None:
    await plc.write("TriggerEnable")
    await plc.write("TriggerEnable", "Trigger")
    link.exposure_complete(100)
    assert "ExposureComplete" not in await plc.bits()


async def test_the_vision_heartbeat_advances_only_when_told(link: PlcLink, plc: Client) -> None:
    before = (await plc.read())["vision_heartbeat"]
    link.update(READY)
    assert (await plc.read())["vision_heartbeat"] == before
    link.beat()
    assert (await plc.read())["vision_heartbeat"] == before + 1


async def test_an_error_of_the_service_comes_back_after_clear_error_while_it_lasts(
    link: PlcLink, plc: Client
) -> None:
    link.update(LineStatus(error_code=17, error_cause=3))
    link.update(LineStatus(error_code=18))
    assert (await plc.read())["error_code"] == 17
    await plc.write("ClearError")
    assert (await plc.read())["error_code"] == 18
    link.update(READY)
    await plc.write()
    await plc.write("ClearError")
    assert "Error" not in await plc.bits()


async def test_a_silent_heartbeat_trips_the_watchdog_and_frees_the_block(
    supervisor: LineEvents, until: Until
) -> None:
    link = PlcLink(PlcSettings(port=0, watchdog_ms=100), supervisor)
    await link.start()
    link.update(READY)
    async with (
        AsyncModbusTcpClient("127.0.0.1", port=link.port) as first,
        AsyncModbusTcpClient("127.0.0.1", port=link.port) as second,
    ):
        silent, other = Client(first), Client(second)
        assert await silent.write("TriggerEnable")
        states = [(link.plc_connected, link.watchdog_tripped)]
        assert not await other.write("TriggerEnable")
        await until(lambda: link.counters.watchdog_trips == 1)
        bits = await other.bits()
        assert "PlcWatchdogTripped" in bits
        assert "TriggerReady" not in bits
        states.append((link.plc_connected, link.watchdog_tripped))
        assert states == [(True, False), (False, True)]
        assert await other.write("TriggerEnable")
        assert "TriggerReady" in await other.bits()
        assert not await silent.write("TriggerEnable")
    await link.stop()
    assert link.counters.foreign_writes == 2


async def test_a_plc_that_disconnects_drops_trigger_ready_at_once(
    link: PlcLink, reader: Client, until: Until
) -> None:
    async with AsyncModbusTcpClient("127.0.0.1", port=link.port) as client:
        await Client(client).write("TriggerEnable")
        assert "TriggerReady" in await reader.bits()
    await until(lambda: link.counters.watchdog_trips == 1)
    bits = await reader.bits()
    assert "TriggerReady" not in bits
    assert "PlcWatchdogTripped" in bits


async def test_the_word_order_can_be_turned_round(supervisor: LineEvents, taken: Parts) -> None:
    link = PlcLink(PlcSettings(port=0, word_order="low_first"), supervisor)
    await link.start()
    link.update(READY)
    async with AsyncModbusTcpClient("127.0.0.1", port=link.port) as client:
        words = (await client.read_input_registers(0, count=3, device_id=1)).registers
        assert list(words) == [1, 0x0304, 0x0102]
        for bits in (0b01, 0b11):
            control = {"control": bits, "part_id": 70_007}
            block = list(encode(CONTROL, control, "low_first"))
            await client.write_registers(0, block, device_id=1)
    await link.stop()
    assert taken == [(70_007, 0)]


async def test_a_busy_port_is_one_line_that_names_it(link: PlcLink, supervisor: LineEvents) -> None:
    second = PlcLink(PlcSettings(port=link.port), supervisor)
    with pytest.raises(PublishError, match=str(link.port)):
        await second.start()
    await second.stop()


async def test_a_record_is_never_torn_while_verdicts_pour_in(
    link: PlcLink, plc: Client, make_verdict: MakeVerdict
) -> None:
    async def publish() -> None:
        number = 1
        while True:
            verdict = make_verdict(sequence=number, part_id=number, acquisition_id=number)
            number += link.publish(verdict, 0.0)
            await asyncio.sleep(0)

    seen: list[int] = []
    async with asyncio.TaskGroup() as tasks:
        publisher = tasks.create_task(publish())
        while len(seen) < 200:
            values = await plc.read()
            names = ("result_sequence", "result_part_id", "result_acquisition_id")
            record = {values[name] for name in (*names, "result_sequence_copy")}
            assert len(record) == 1
            seen.append(values["result_sequence"])
            await plc.write("ResultsAck", ack_sequence=seen[-1])
            await plc.write()
        publisher.cancel()
    assert seen == list(range(1, 201))


async def test_a_published_record_is_readable_within_milliseconds(
    link: PlcLink, plc: Client, make_verdict: MakeVerdict
) -> None:
    latencies_ms = []
    for number in range(1, 101):
        start = time.perf_counter()
        link.publish(make_verdict(sequence=number), 0.0)
        assert (await plc.read())["result_sequence"] == number
        latencies_ms.append((time.perf_counter() - start) * 1000)
        await plc.write("ResultsAck", ack_sequence=number)
        await plc.write()
    # On a loaded machine most of them wait for a processor; what the code takes shows in the best.
    assert sorted(latencies_ms)[10] < 5.0


async def test_the_end_of_a_surplus_exposure_does_not_move_an_announced_part_on(
    link: PlcLink, plc: Client
) -> None:
    await plc.write("TriggerEnable")
    await plc.write("TriggerEnable", "Trigger", part_id=7)
    before = await plc.read()
    link.exposure_complete(before["acquisition_id"] + 1)
    after = await plc.read()
    assert after["acquisition_id"] == before["acquisition_id"]
    assert "ExposureComplete" not in await plc.bits()
    assert after["triggers"] == 2
    link.exposure_complete(before["acquisition_id"])
    assert "ExposureComplete" in await plc.bits()


async def test_no_trigger_is_invited_while_a_part_is_being_exposed(
    link: PlcLink, plc: Client
) -> None:
    await plc.write("TriggerEnable")
    await plc.write("TriggerEnable", "Trigger", part_id=7)
    await plc.write("TriggerEnable")
    assert "TriggerReady" not in await plc.bits()
    link.exposure_complete((await plc.read())["acquisition_id"])
    assert "TriggerReady" in await plc.bits()


async def test_a_part_whose_picture_came_before_its_trigger_counts_once(
    link: PlcLink, plc: Client
) -> None:
    # The supervisor of these tests calls its first part 101.
    link.exposure_complete(101)
    await plc.write("TriggerEnable")
    await plc.write("TriggerEnable", "Trigger", part_id=7)
    values = await plc.read()
    assert (values["triggers"], values["acquisition_id"]) == (1, 101)
