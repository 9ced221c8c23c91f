"""Signals on their way from the supervisor's message to the camera, in a real station process."""

import threading
from dataclasses import replace

import pytest
from support.station import StartStation

from inspectd.core.errors import DeviceError
from inspectd.core.messages import Configure, Shutdown, SignalReady, SignalVerdict
from inspectd.core.outputs import OutputSignals
from inspectd.station.acquire import Acquisition
from inspectd.station.intake import Intake
from inspectd.station.vitals import Vitals

WANTED = OutputSignals("UserOutput1", "UserOutput2", "UserOutput3", 20, "level")


def test_a_signal_reaches_the_camera_and_one_that_cannot_be_given_is_told(
    start_station: StartStation, configure: Configure
) -> None:
    station = start_station()
    station.bring_up(replace(configure, outputs=WANTED))
    station.send(SignalReady(ready=True))
    station.send(SignalVerdict(passed=False, part_id=7, decided_ns=0))
    station.send(Shutdown())
    assert station.read_to_end() == 0
    assert station.process.stderr is not None
    said = station.process.stderr.read().decode()
    # The replay camera has no lines, and says so.
    assert said.count("output_not_set") == 1
    assert "the replay camera has no UserOutput" in said


def test_without_outputs_signals_are_of_no_consequence(
    start_station: StartStation, configure: Configure
) -> None:
    station = start_station()
    station.bring_up(configure)
    station.send(SignalReady(ready=True))
    station.send(Shutdown())
    assert station.read_to_end() == 0


def test_nothing_is_switched_on_while_the_camera_is_busy_or_away(configure: Configure) -> None:
    intake = Intake(1, lambda _: None)
    acquisition = Acquisition(configure, intake, Vitals(0), lambda _: None, threading.Event())
    with pytest.raises(DeviceError, match="not open"):
        acquisition.set_output("UserOutput1", True)  # noqa: FBT003 - on
    with acquisition._busy, pytest.raises(DeviceError, match="busy"):
        acquisition.set_output("UserOutput1", True)  # noqa: FBT003 - on
