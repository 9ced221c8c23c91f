"""Parts through a line with a real journal and a real PLC."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import Any

import pytest
from support.bench import Bench

from inspectd.core.errors import JournalError
from inspectd.core.messages import Preview
from inspectd.core.verdict import Decision, Reason, ReasonCode, Verdict
from inspectd.simulate.plc import SimulatedPlc

Until = Callable[[Callable[[], bool]], Awaitable[None]]
LOST = Reason(ReasonCode.STATION_LOST, "station top: gone")
LATE, DEGRADED = 1, 2


async def test_a_judged_part_is_in_the_journal_and_at_the_plc(
    bench: Bench, plc: SimulatedPlc
) -> None:
    acquisition_id = await bench.trigger(plc, 7)
    assert bench.fired == [acquisition_id]
    bench.judge(bench.see(time.monotonic_ns(), acquisition_id))
    assert await bench.answered(plc) == [Decision.PASS]
    assert bench.stored() == [(1, 7, "PASS")]


async def test_a_disk_that_is_too_slow_makes_no_verdict_at_the_deadline_never_a_late_pass(
    patient_disk: None,  # noqa: ARG001 - it must come first
    bench: Bench,
    plc: SimulatedPlc,
    hold_disk: Callable[[], Callable[[], Any]],
    until: Until,
) -> None:
    let_go = hold_disk()
    started_ns = time.monotonic_ns()
    acquisition_id = await bench.trigger(plc, 7)
    bench.judge(bench.see(time.monotonic_ns(), acquisition_id))
    assert await bench.answered(plc) == [Decision.NO_VERDICT]
    # SQLite itself gives up after 10 s; the PLC has known since the deadline, 1 s.
    assert plc.results[7].first_seen_ns - started_ns < 5_000_000_000
    assert plc.results[7].values["flags"] & LATE
    assert "disk" in bench.line.journal_error
    let_go()

    def stored() -> bool:
        bench.line.retry_journal()
        return not bench.line.journal_error

    await until(stored)
    answers = {part: decision for _, part, decision in sorted(bench.stored())}
    assert answers == {7: "NO_VERDICT"}


async def test_a_slow_disk_is_said_and_takes_readiness_away(
    patient_disk: None,  # noqa: ARG001 - it must come first
    bench: Bench,
    plc: SimulatedPlc,
    hold_disk: Callable[[], Callable[[], Any]],
) -> None:
    hold_disk()
    await bench.trigger(plc, 1)
    assert await bench.answered(plc) == [Decision.NO_VERDICT]
    assert bench.line.why_not_ready()


async def test_only_what_is_on_the_disk_counts_as_a_commit(
    bench: Bench, hold_disk: Callable[[], Callable[[], Any]]
) -> None:
    bench.line.on_missed(1, 0)
    await bench.line.until_idle()
    hold_disk()
    bench.line.on_missed(2, 0)
    await bench.line.until_idle()
    assert b"\ninspectd_journal_commit_seconds_count 1.0\n" in bench.metrics.text()


async def test_a_part_whose_station_dies_is_answered_at_once(
    bench: Bench, plc: SimulatedPlc
) -> None:
    await bench.trigger(plc, 1)
    bench.line.on_station_down("top", LOST)
    assert await bench.answered(plc) == [Decision.NO_VERDICT]
    assert plc.results[1].values["flags"] == DEGRADED
    assert bench.line.why_not_ready() == ["station top: gone"]


async def test_a_verdict_that_the_journal_refuses_is_told_as_no_verdict_at_once(
    bench: Bench, plc: SimulatedPlc, until: Until
) -> None:
    acquisition_id = await bench.trigger(plc, 1)
    bench.journal.stop()
    bench.judge(bench.see(time.monotonic_ns(), acquisition_id))
    assert await bench.answered(plc) == [Decision.NO_VERDICT]
    assert not plc.results[1].values["flags"] & LATE
    assert bench.line.why_not_ready() == [f"journal: {bench.line.journal_error}"]
    assert bench.line.unstored() == 1
    bench.line.retry_journal()
    await until(lambda: not bench.line._retrying)
    assert bench.line.unstored() == 1
    assert bench.line.journal_error


async def test_the_line_is_ready_again_when_all_that_the_journal_refused_is_in(
    bench: Bench, hold_disk: Callable[[], Callable[[], Any]], until: Until
) -> None:
    let_go = hold_disk()
    for part_id in (1, 2, 3):
        bench.line.on_missed(part_id, 0)
    await bench.line.until_idle()
    assert bench.line.unstored() == 3
    let_go()
    bench.line.retry_journal()
    await until(lambda: not bench.line.journal_error)
    assert bench.line.unstored() == 0
    assert [part_id for _, part_id, _ in bench.stored()] == [1, 2, 3]


async def test_a_part_given_up_at_its_deadline_is_told_and_stored_once(
    bench: Bench, plc: SimulatedPlc
) -> None:
    await bench.trigger(plc, 1)
    assert await bench.answered(plc) == [Decision.NO_VERDICT]
    assert not bench.line.journal_error
    assert bench.stored() == [(1, 1, "NO_VERDICT")]


async def test_a_pass_that_waited_for_a_stopped_process_is_told_as_no_verdict(
    bench: Bench, plc: SimulatedPlc
) -> None:
    acquisition_id = await bench.trigger(plc, 1)
    bench.judge(bench.see(time.monotonic_ns(), acquisition_id))
    time.sleep(1.2)  # noqa: ASYNC251 - on the disk in time, and nobody there to tell it
    assert await bench.answered(plc) == [Decision.NO_VERDICT]
    assert plc.results[1].values["flags"] & LATE


@pytest.mark.parametrize("trouble", ["camera", "journal", "stopping", "busy"])
async def test_a_trigger_that_the_plc_sent_before_it_knew_of_the_trouble_is_not_taken(
    bench: Bench, trouble: str
) -> None:
    bench.ready()
    if trouble == "camera":
        bench.line.on_station_down("top", LOST)
    elif trouble == "journal":
        bench.line.journal_error = "the disk is full"
    elif trouble == "stopping":
        bench.line.accepting = False
    else:
        assert bench.line.on_trigger(1, 0) == 1
    assert bench.line.on_trigger(2, 0) is None


async def test_a_trigger_that_waited_for_a_stopped_process_is_not_taken(bench: Bench) -> None:
    bench.line.turned()
    assert bench.line.on_trigger(1, 0) is not None
    bench.judge(bench.see(time.monotonic_ns(), 1))
    bench.line.turned()
    time.sleep(0.8)  # noqa: ASYNC251 - that nothing runs in this process is what is tested
    assert bench.line.on_trigger(2, 0) is None


async def test_a_page_that_fails_takes_no_answer_along(
    bench: Bench, plc: SimulatedPlc, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        msg = "a defect of the page"
        raise ValueError(msg)

    monkeypatch.setattr(bench.board, "add", broken)
    for part_id in (1, 2):
        acquisition_id = await bench.trigger(plc, part_id)
        bench.judge(bench.see(time.monotonic_ns(), acquisition_id))
        await bench.answered(plc)
    assert await bench.answered(plc) == [Decision.PASS, Decision.PASS]
    assert not bench.line.failed.done()


async def test_a_defect_of_the_line_is_not_only_logged(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Verdict) -> None:
        msg = "a defect of the line"
        raise ValueError(msg)

    monkeypatch.setattr(bench.journal, "commit", broken)
    bench.line.on_missed(1, 0)
    async with asyncio.timeout(60):
        with pytest.raises(ValueError, match="a defect of the line"):
            await bench.line.failed
    monkeypatch.undo()
    bench.line._in_journal = 0
    bench.line._untold.clear()


async def test_a_verdict_that_is_refused_at_once_does_not_overtake_those_before_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits: list[Future[None]] = []

    def commit(_: Verdict) -> Future[None]:
        commits.append(Future())
        return commits[-1]

    monkeypatch.setattr(bench.journal, "commit", commit)
    for part_id in (1, 2):
        bench.line.on_missed(part_id, 0)
    commits[1].set_exception(JournalError("the queue is full"))
    await asyncio.sleep(0)
    assert bench.plc.counters.published == 0
    commits[0].set_result(None)
    await bench.line.until_idle()
    monkeypatch.undo()
    assert bench.plc.counters.published == 2
    records = [record for _, record in bench.plc._handshake._held]
    assert [record["result_part_id"] for record in records] == [1, 2]


async def test_a_part_that_nobody_announced_is_counted_and_answered_too(
    bench: Bench, plc: SimulatedPlc
) -> None:
    bench.judge(bench.see(time.monotonic_ns()), Decision.FAIL)
    await bench.line.until_idle()
    assert bench.plc.counters.triggers == 1
    assert await bench.answered(plc) == []
    assert bench.stored() == [(1, 0, "FAIL")]


async def test_a_plc_link_that_fails_ends_the_service(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        msg = "a defect of the link"
        raise ValueError(msg)

    monkeypatch.setattr(bench.plc, "publish", broken)
    bench.line.on_missed(1, 0)
    async with asyncio.timeout(60):
        with pytest.raises(ValueError, match="a defect of the link"):
            await bench.line.failed


async def test_a_preview_of_an_unknown_view_is_counted(bench: Bench) -> None:
    bench.line.on_preview("top", Preview(99, 4, 3), b"jpeg")
    assert bench.line.previews_unknown == 1


async def test_parts_whose_results_find_no_free_slot_are_named_until_the_plc_clears_the_error(
    bench: Bench,
) -> None:
    for part in range(1, 12):
        bench.judge(bench.see(time.monotonic_ns(), bench.line.on_trigger(part, 0)))
        await bench.line.until_idle()
    assert bench.plc.counters.overruns == 3
    said = bench.line._publication.overrun()
    assert said.startswith("3 result(s) found no free slot")
    assert "(of part(s) 9, 10, 11)" in said
    bench.line.on_error_cleared()
    assert bench.line._publication.overrun() == ""


async def test_a_preview_of_a_station_started_again_goes_to_its_own_part(
    bench: Bench, plc: SimulatedPlc
) -> None:
    first = await bench.trigger(plc, 1)
    bench.judge(bench.see(time.monotonic_ns(), first))
    await bench.answered(plc)
    bench.line.on_station_down("top", LOST)
    bench.camera_up()
    bench.views = 0
    second = await bench.trigger(plc, 2)
    bench.judge(bench.see(time.monotonic_ns(), second))
    await bench.answered(plc)
    bench.line.on_preview("top", Preview(1, 4, 3), b"jpeg")
    assert bench.board.preview(first, "top") is None
    assert bench.board.preview(second, "top") is not None


async def test_what_the_journal_never_took_is_bounded_and_said(
    bench: Bench, hold_disk: Callable[[], Callable[[], Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inspectd.supervisor.line._MOST_UNSTORED", 3)
    hold_disk()
    for part_id in range(5):
        bench.line.on_missed(part_id, 0)
    async with asyncio.timeout(20):
        await bench.line.until_idle()
    assert bench.line.never_stored == 2
    assert "2 verdicts are in the log only" in bench.line.journal_error
