"""What PLC and page are told of the line, by a service whose rooms stand still."""

from operator import attrgetter

import pytest
from support.bench import INFO

from inspectd.core.calibration import Calibration
from inspectd.core.errors import ConfigurationError
from inspectd.core.messages import CameraUp
from inspectd.core.verdict import Reason, ReasonCode
from inspectd.settings.project import Project
from inspectd.supervisor.service import Service
from inspectd.supervisor.status import StatusReporter

LOST = Reason(ReasonCode.STATION_LOST, "station top: gone")
states = attrgetter("ready", "camera_connected", "state_number", "error_code", "error_cause")


@pytest.fixture
def reporter(service: Service) -> StatusReporter:
    return service._reporter


def refuse() -> Project:
    msg = "x.toml: no such file"
    raise ConfigurationError(msg)


def camera_is_up(service: Service) -> None:
    (child,) = service._children
    child.info = CameraUp(INFO)
    service._line.on_station_up("top", child.info)


async def test_a_line_whose_cameras_are_not_up_yet_is_not_ready_and_no_error(
    reporter: StatusReporter,
) -> None:
    assert states(reporter.for_plc()) == (False, False, 1, 0, 0)


async def test_a_line_with_its_cameras_is_ready_and_says_that_they_are_simulated(
    service: Service, reporter: StatusReporter
) -> None:
    camera_is_up(service)
    status = reporter.for_plc()
    assert states(status) == (True, True, 6, 0, 0)
    assert (status.simulated, status.degraded, status.online) == (True, False, True)
    assert reporter.snapshot().state == "Ready"


async def test_a_part_on_its_way_makes_the_line_busy(
    service: Service, reporter: StatusReporter
) -> None:
    camera_is_up(service)
    service._line.parts.announce(1, 0, 0)
    assert (reporter.for_plc().busy, reporter.for_plc().state_number) == (True, 8)


async def test_a_camera_that_goes_away_is_an_error_with_its_number(
    service: Service, reporter: StatusReporter
) -> None:
    camera_is_up(service)
    reporter.for_plc()
    service._children[0].info = None
    service._line.on_station_down("top", LOST)
    assert states(reporter.for_plc()) == (False, False, 3, 100, 1)
    assert reporter.for_plc().degraded


async def test_a_journal_that_fails_is_the_error_that_the_plc_is_told(
    service: Service, reporter: StatusReporter
) -> None:
    camera_is_up(service)
    service._line.journal_error = "the disk is full"
    assert states(reporter.for_plc()) == (False, True, 3, 200, 0)
    assert not reporter.snapshot().journal.ok


async def test_a_calibration_of_another_camera_is_told_before_the_first_part(
    service: Service, reporter: StatusReporter
) -> None:
    foreign = Calibration.from_scale(0.05).model_copy(update={"camera_serial": "4711"})
    service._line._maker.gate.install("top", foreign)
    camera_is_up(service)
    assert states(reporter.for_plc()) == (True, True, 6, 401, 0)
    (said,) = reporter.snapshot().withheld
    assert "camera 4711, the station has 1" in said
    assert said in reporter.concerns()


async def test_a_refused_reload_is_noted_until_the_next_good_one(
    service: Service, reporter: StatusReporter
) -> None:
    settings = service._exchange._installed.project
    service._exchange._load = refuse
    await service._exchange.run()
    said = reporter.snapshot().notices[0]
    assert "the last reload was refused, and changed nothing: x.toml: no such file" in said
    assert said in reporter.concerns()
    service._exchange._load = lambda: settings
    await service._exchange.run()
    assert said not in (*reporter.snapshot().notices, *reporter.concerns())


async def test_a_service_that_stops_is_neither_ready_nor_online(
    service: Service, reporter: StatusReporter
) -> None:
    camera_is_up(service)
    service._line.accepting = False
    status = reporter.for_plc()
    assert (status.ready, status.online) == (False, False)
