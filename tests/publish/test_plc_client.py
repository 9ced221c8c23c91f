"""Client mode: the handshake in the registers of a PLC that is itself the server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import structlog
from inspectd_drivers import modbus_client
from support.modbus_plc import INPUT_ADDRESS, ServingPlc

from inspectd.core.errors import ConfigurationError
from inspectd.core.verdict import Decision, Verdict
from inspectd.publish.plc import LineEvents, PlcLink
from inspectd.publish.register_map import INPUT, INPUT_WORDS
from inspectd.publish.register_values import LineStatus
from inspectd.settings.plc import PlcSettings
from inspectd.simulate.ports import free_port

READY = LineStatus(ready=True, online=True, camera_connected=True, state_number=6)
VERDICT = next(register.address for register in INPUT if register.name == "verdict")
Parts = list[tuple[int, int]]
MakeVerdict = Callable[..., Verdict]
Until = Callable[[Callable[[], bool]], Awaitable[None]]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modbus_client, "_FIRST_PAUSE_S", 0.005)
    monkeypatch.setattr(modbus_client, "_LONGEST_PAUSE_S", 0.02)


@pytest.fixture
async def plc() -> AsyncIterator[ServingPlc]:
    async with ServingPlc(free_port()) as plc:
        yield plc


def settings(port: int, **changed: int) -> PlcSettings:
    client = {"host": "127.0.0.1", "port": port, "poll_ms": 1, "timeout_ms": 5000}
    return PlcSettings.model_validate(
        {
            "watchdog_ms": 60_000,
            "client": client | {"input_address": INPUT_ADDRESS} | changed,
        }
    )


@pytest.fixture
async def link(plc: ServingPlc, supervisor: LineEvents) -> AsyncIterator[PlcLink]:
    link = PlcLink(settings(plc.port), supervisor)
    await link.start()
    link.update(READY)
    yield link
    await link.stop()


async def seen(plc: ServingPlc, *up: str, down: tuple[str, ...] = ()) -> dict[str, int]:
    """The PLC's scans, until these bits stand so."""
    async with asyncio.timeout(60):
        while True:
            bits = await plc.bits()
            if bits.issuperset(up) and not bits.intersection(down):
                return await plc.read()
            await asyncio.sleep(0.001)


async def test_a_part_goes_through_the_whole_handshake(
    link: PlcLink, plc: ServingPlc, taken: Parts, make_verdict: MakeVerdict
) -> None:
    await plc.write("TriggerEnable")
    await seen(plc, "TriggerReady")
    await plc.write("TriggerEnable", "Trigger", part_id=70_007, lot_id=9)
    assert (await seen(plc, "TriggerAck"))["acquisition_id"] == 101
    assert taken == [(70_007, 9)]
    await plc.write("TriggerEnable")
    await seen(plc, down=("TriggerAck",))
    link.exposure_complete(101)
    link.publish(make_verdict(sequence=5, acquisition_id=101, part_id=70_007), 1.5)
    record = await seen(plc, "ResultsValid")
    assert record["result_sequence"] == record["result_sequence_copy"] == 5
    assert (record["result_part_id"], record["verdict"]) == (70_007, Decision.FAIL)
    await plc.write("TriggerEnable", "ResultsAck", ack_sequence=5)
    await seen(plc, down=("ResultsValid",))
    await plc.write("TriggerEnable")
    async with asyncio.timeout(60):
        while (await plc.read())["result_sequence"]:  # noqa: ASYNC110 - PLCs have no events
            await asyncio.sleep(0.001)
    assert link.counters.ack_mismatches == 0


async def test_a_record_stands_whole_before_the_status_says_that_it_is_valid(
    link: PlcLink, plc: ServingPlc, make_verdict: MakeVerdict
) -> None:
    await plc.write("TriggerEnable")
    await seen(plc, "TriggerReady")
    plc.writes.clear()
    link.publish(make_verdict(sequence=5), 1.0)
    await seen(plc, "ResultsValid")
    (record_at, record), (whole_at, whole) = [
        write for write in plc.writes if len(write[1]) > 1 and any(write[1][-24:])
    ][:2]
    assert (record_at, len(record)) == (INPUT_ADDRESS + 20, 20)
    assert (whole_at, len(whole)) == (INPUT_ADDRESS, INPUT_WORDS)
    assert whole[20:40] == record


async def test_a_plc_that_changes_what_was_written_is_never_shown_a_valid_record(
    link: PlcLink, plc: ServingPlc, make_verdict: MakeVerdict, until: Until
) -> None:
    await plc.write("TriggerEnable")
    await seen(plc, "TriggerReady")
    plc.spoils = INPUT_ADDRESS + VERDICT
    plc.writes.clear()
    with structlog.testing.capture_logs() as told:
        link.publish(make_verdict(sequence=5, decision=Decision.FAIL), 1.0)
        await until(lambda: link.counters.read_back_failures >= 3)
    valid = [words[3] & 1 << 11 for at, words in plc.writes if at == INPUT_ADDRESS]
    assert not any(valid)
    (line,) = [line for line in told if line["event"] == "plc_link_down"]
    assert f"holding register {plc.spoils} of 127.0.0.1:{plc.port} does not keep" in line["why"]
    plc.spoils = None
    await seen(plc, "ResultsValid")


async def test_a_lost_plc_drops_its_bits_and_no_part_is_lost(
    link: PlcLink, plc: ServingPlc, taken: Parts, make_verdict: MakeVerdict, until: Until
) -> None:
    await plc.write("TriggerEnable")
    await seen(plc, "TriggerReady")
    await plc.write("TriggerEnable", "Trigger", part_id=7)
    await seen(plc, "TriggerAck")
    await plc.cut_off()
    await until(lambda: not link.plc_connected)
    assert not link._handshake.control.trigger_enable
    link.publish(make_verdict(sequence=5, acquisition_id=101, part_id=7), 1.0)
    link.publish(make_verdict(sequence=6, acquisition_id=102, part_id=8), 1.0)
    await plc.power_up()
    # Its memory is empty after the power cut; the program begins anew.
    assert (await seen(plc, "ResultsValid"))["result_part_id"] == 7
    await plc.write("ResultsAck", ack_sequence=5)
    await seen(plc, down=("ResultsValid",))
    await plc.write()
    assert (await seen(plc, "ResultsValid"))["result_part_id"] == 8
    assert taken == [(7, 0)]
    assert link.counters.links_lost == 1
    assert link.counters.connections == 1


async def test_an_acknowledgement_held_over_an_outage_takes_no_other_record(
    link: PlcLink, plc: ServingPlc, make_verdict: MakeVerdict, until: Until
) -> None:
    await plc.write("TriggerEnable")
    await seen(plc, "TriggerReady")
    for sequence in (5, 6):
        link.publish(make_verdict(sequence=sequence, part_id=sequence), 1.0)
    await seen(plc, "ResultsValid")
    # The PLC's connection is gone for a moment; its memory and its program are not.
    client = link._transport
    assert isinstance(client, modbus_client.ModbusClient)
    await plc.write("TriggerEnable", "ResultsAck", ack_sequence=5)
    client._client.close()
    await until(lambda: link.counters.links_lost == 1)
    record = await seen(plc, down=("ResultsValid",))
    await plc.write("TriggerEnable")
    record = await seen(plc, "ResultsValid")
    assert record["result_part_id"] in (5, 6)
    assert link.counters.ack_mismatches == 0


async def test_after_the_stop_the_plc_sees_that_nothing_is_ready(
    link: PlcLink, plc: ServingPlc
) -> None:
    await plc.write("TriggerEnable")
    await seen(plc, "TriggerReady", "Online")
    await link.stop()
    assert await plc.bits() == set()


async def test_a_plc_that_is_not_there_is_waited_for_and_told_once(
    supervisor: LineEvents, until: Until
) -> None:
    port = free_port()
    link = PlcLink(settings(port), supervisor)
    with structlog.testing.capture_logs() as told:
        await link.start()
        link.update(READY)
        await until(lambda: bool(told))
        assert f"127.0.0.1:{port}" in link.link_fault
        async with ServingPlc(port) as plc:
            await plc.write("TriggerEnable")
            await seen(plc, "TriggerReady")
            await until(lambda: link.link_fault == "")  # the PLC's registers are written first
            await link.stop()
    events = [line["event"] for line in told if line["event"].startswith("plc_link")]
    assert events == ["plc_link_down", "plc_link_up"]
    assert f"127.0.0.1:{port}" in told[0]["why"]


async def test_registers_that_the_plc_has_not_are_named(
    supervisor: LineEvents, until: Until
) -> None:
    async with ServingPlc(free_port(), registers=120) as plc:
        link = PlcLink(settings(plc.port), supervisor)
        with structlog.testing.capture_logs() as told:
            await link.start()
            await until(lambda: bool(told))
        await link.stop()
    assert "refuses function 16 with exception 02: see the addresses" in told[0]["why"]


def test_blocks_that_share_registers_are_a_mistake_in_the_settings(
    supervisor: LineEvents,
) -> None:
    with pytest.raises(ConfigurationError, match="share some"):
        PlcLink(settings(502, control_address=105), supervisor)
