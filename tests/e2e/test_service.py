"""The service as a whole: real processes, real registers, real journal."""

import os
import signal
import socket
from pathlib import Path

import pytest
from support.service import Service, play

from inspectd.core.verdict import Decision
from inspectd.simulate.conveyor import PhotoEye
from inspectd.simulate.picture_set import PictureSet
from inspectd.simulate.plc import SimulatedPlc


def decisions(plc: SimulatedPlc) -> list[Decision]:
    return [plc.results[part].decision for part in sorted(plc.results)]


def reason_codes(verdict: dict[str, object]) -> set[str]:
    reasons = verdict["reasons"]
    assert isinstance(reasons, list)
    return {reason["code"] for reason in reasons}


async def test_good_parts_pass_and_bad_parts_fail_in_registers_and_journal(
    service: Service,
) -> None:
    service.start_and_wait()
    plc = await play(service, [11, 12, 13, 14])
    assert service.stop() == 0
    assert decisions(plc) == [Decision.PASS, Decision.FAIL, Decision.FAIL, Decision.FAIL]
    journal = [(v["part_id"], v["lot_id"], v["decision"]) for v in service.verdicts()]
    assert journal == [(11, 7, "PASS"), (12, 7, "FAIL"), (13, 7, "FAIL"), (14, 7, "FAIL")]


async def test_a_killed_station_costs_no_part_its_answer_and_comes_back(service: Service) -> None:
    service.start_and_wait()
    await play(service, [1])
    first = service.station_pid()
    os.kill(first, signal.SIGKILL)
    service.until(lambda: bool(service.get("/readyz").get("ok")) and service.station_pid() != first)
    plc = await play(service, [2])
    assert service.stop() == 0
    assert decisions(plc) == [Decision.PASS]


async def test_a_part_whose_station_dies_is_no_verdict(service: Service) -> None:
    service.start_and_wait()
    # Stopped, it takes the edge but never answers; killed, its part must be answered at once.
    os.kill(service.station_pid(), signal.SIGSTOP)
    async with SimulatedPlc("127.0.0.1", service.ports["plc"]) as plc:
        await plc.announce(5, 7)
        os.kill(service.station_pid(), signal.SIGKILL)
        await plc.drained()
    assert decisions(plc) == [Decision.NO_VERDICT]
    service.until(lambda: len(service.verdicts()) == 1)
    assert reason_codes(service.verdicts()[0]) == {"station_lost"}


async def test_a_picture_that_waited_in_a_stopped_station_is_no_other_parts(
    service: Service,
) -> None:
    service.settings["trigger"] = {"deadline_ms": 800, "match_window_ms": 600}
    service.start_and_wait()
    station = service.station_pid()
    os.kill(station, signal.SIGSTOP)
    (path,) = [service.folder / s["line1_socket"] for s in service.settings["stations"]]
    async with SimulatedPlc("127.0.0.1", service.ports["plc"]) as plc:
        with PhotoEye([path]) as eye:
            # The picture of part 1 shows a good part; it is fetched when part 2 is announced.
            await plc.announce(1, 7)
            eye.pulse()
            await plc.drained()
            await plc.announce(2, 7)
            os.kill(station, signal.SIGCONT)
            eye.pulse()
            await plc.drained()
        first = decisions(plc)
    assert first == [Decision.NO_VERDICT, Decision.NO_VERDICT]
    # Until the camera has once been found empty, no picture is taken for any part's.
    part_id = 3
    while decisions(await play(service, [part_id])) == [Decision.NO_VERDICT]:
        part_id += 4
        assert part_id < 1_000
    assert decisions(await play(service, [part_id + 3])) != [Decision.NO_VERDICT]


async def test_a_hung_station_is_killed_and_replaced(service: Service) -> None:
    service.settings["stations"][0]["hang_timeout_s"] = 3.0
    service.start_and_wait()
    hung = service.station_pid()
    os.kill(hung, signal.SIGSTOP)
    service.until(lambda: service.station_pid() != hung)
    service.until(lambda: bool(service.get("/readyz").get("ok")))
    assert decisions(await play(service, [1])) == [Decision.PASS]


async def test_an_announced_part_without_an_edge_is_no_verdict_at_its_deadline(
    service: Service,
) -> None:
    service.start_and_wait()
    plc = await play(service, [9], edges=False)
    assert decisions(plc) == [Decision.NO_VERDICT]
    assert reason_codes(service.verdicts()[0]) == {"frame_missing"}
    assert decisions(await play(service, [10])) == [Decision.PASS]


async def test_software_trigger_has_the_cameras_fired(service: Service, parts: PictureSet) -> None:
    service.settings["stations"] = [service.station("top", parts, trigger_source="Software")]
    service.start_and_wait()
    plc = await play(service, [1, 2], edges=False)
    assert decisions(plc) == [Decision.PASS, Decision.FAIL]


async def test_two_cameras_see_one_part(service: Service, parts: PictureSet) -> None:
    service.settings["stations"] = [service.station(name, parts) for name in ("top", "side")]
    service.start_and_wait()
    plc = await play(service, [1, 2])
    assert decisions(plc) == [Decision.PASS, Decision.FAIL]
    (_, verdict) = service.verdicts()
    assert set(verdict["provenance"]["cameras"]) == {"top", "side"}


async def test_a_part_of_two_shots_is_judged_from_both(service: Service, parts: PictureSet) -> None:
    service.recipe["shots"] = [{"name": "first"}, {"name": "second"}]
    service.settings["stations"] = [service.station("top", parts, trigger_source="Software")]
    service.start_and_wait()
    plc = await play(service, [1], edges=False)
    assert decisions(plc) == [Decision.FAIL]
    assert {d["shot"] for d in service.verdicts()[0]["defects"]} == {"second"}


async def test_without_calibration_nothing_passes(service: Service) -> None:
    del service.settings["stations"][0]["calibration"]
    service.start_and_wait()
    plc = await play(service, [1])
    assert decisions(plc) == [Decision.NO_VERDICT]
    assert reason_codes(service.verdicts()[0]) == {"uncalibrated"}


def test_a_dead_supervisor_leaves_no_station_behind(service: Service) -> None:
    service.start_and_wait()
    station = Path(f"/proc/{service.station_pid()}")
    assert service.process is not None
    service.process.kill()
    service.process.wait(60)
    service.process = None
    for _ in range(100):
        if not station.exists():
            return
        os.sched_yield()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as pause:
            pause.settimeout(0.05)
            pause.bind(b"\0inspectd-test-pause")
            with pytest.raises(TimeoutError):
                pause.recv(1)
    pytest.fail("the station outlived its supervisor")


@pytest.mark.parametrize(("section", "code"), [("plc", 4), ("metrics", 4), ("web", 4)])
def test_a_busy_port_is_one_line_and_exit_code_4(service: Service, section: str, code: int) -> None:
    with socket.create_server(("127.0.0.1", service.ports[section])):
        service.start()
        assert service.process is not None
        assert service.process.wait(60) == code
    assert "Traceback" not in service.log()
    (line,) = [line for line in service.log().splitlines() if line.startswith("inspectd: ")]
    assert str(service.ports[section]) in line


def test_a_journal_that_cannot_be_written_is_one_line_and_exit_code_5(service: Service) -> None:
    service.settings["journal"] = {"path": "nowhere/journal.sqlite"}
    service.start()
    assert service.process is not None
    assert service.process.wait(60) == 5
    assert "Traceback" not in service.log()
    assert "nowhere/journal.sqlite" in service.log()


def test_a_missing_camera_is_named_and_the_line_is_not_ready(service: Service) -> None:
    service.settings["stations"][0]["camera"]["driver"] = "basler"
    service.settings["stations"][0]["camera"]["serial"] = "99999999"
    service.start()
    service.until(lambda: "99999999" in str(service.get("/readyz")))
    assert not service.get("/readyz")["ok"]
    assert service.stop() == 0


async def test_a_trigger_while_the_camera_is_away_is_answered_no_verdict(service: Service) -> None:
    (service.folder / "without-pictures").mkdir()
    service.settings["stations"][0]["camera"]["pictures"] = "without-pictures"
    service.start()
    service.until(lambda: "without-pictures" in str(service.get("/readyz")))
    plc = await play(service, [3], edges=False, ready_timeout_ms=100.0)
    assert decisions(plc) == [Decision.NO_VERDICT]
    assert "missed_acquisition" in reason_codes(service.verdicts()[0])
