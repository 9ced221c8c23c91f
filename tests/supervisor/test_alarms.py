"""The alarm desk: conditions in, changes out, and what a person does."""

import pytest

from inspectd.core.alarms import Change
from inspectd.supervisor.alarms import AlarmDesk

S = 1_000_000_000


class Desk:
    def __init__(self) -> None:
        self.now_ns = 0
        self.told: list[Change] = []
        self.desk = AlarmDesk(self.told.append, lambda: self.now_ns)

    def look(self, seconds: float = 0.0, **conditions: str) -> list[tuple[str, str]]:
        self.now_ns += int(seconds * S)
        return [(alarm.id, alarm.state) for alarm in self.desk.look(conditions)]

    def whats(self) -> list[str]:
        return [change.what for change in self.told]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_high_ones_come_before_older_ones_of_less_priority(desk: Desk) -> None:
    desk.look(plc_watchdog="1")
    found = desk.look(1, plc_watchdog="1", station_down="top")
    assert [name for name, _ in found] == ["station_down", "plc_watchdog"]


def test_an_alarm_goes_once_it_is_over_and_acknowledged(desk: Desk) -> None:
    desk.look(station_down="station top: gone")
    assert desk.desk.acknowledge("station_down") == ""
    assert desk.look(1) == [("station_down", "acknowledged")]
    assert desk.look(10) == []
    assert desk.whats() == ["raised", "acknowledged", "returned"]


def test_a_broker_that_is_back_at_once_is_no_alarm(desk: Desk) -> None:
    desk.look(broker_away="gone")
    desk.look(5)
    assert desk.told == []


def test_what_cannot_be_acknowledged_says_why(desk: Desk) -> None:
    assert "nothing to acknowledge" in desk.desk.acknowledge("station_down")
    assert "no alarm" in desk.desk.acknowledge("coffee")


def test_everything_is_acknowledged_at_once(desk: Desk) -> None:
    desk.look(plc_watchdog="1", station_down="top")
    desk.desk.acknowledge_all()
    assert {state for _, state in desk.look(1, plc_watchdog="1", station_down="t")} == {
        "acknowledged"
    }


def test_a_shelved_alarm_is_shown_with_the_time_that_is_left(desk: Desk) -> None:
    desk.look(plc_watchdog="1")
    assert desk.desk.shelve("plc_watchdog", 60) == ""
    desk.now_ns += 600 * S
    (alarm,) = desk.desk.look({"plc_watchdog": "1"})
    assert alarm.shelved_s == pytest.approx(3000)
    assert desk.desk.shelve("plc_watchdog", 0) == ""
    (alarm,) = desk.desk.look({"plc_watchdog": "1"})
    assert alarm.shelved_s is None


def test_an_alarm_of_high_priority_is_not_shelved(desk: Desk) -> None:
    assert "cannot be shelved" in desk.desk.shelve("station_down", 60)
    assert "no alarm" in desk.desk.shelve("coffee", 60)


def test_a_counter_has_grown_recently_for_a_minute(desk: Desk) -> None:
    grown = []
    for seconds, count in ((0, 5), (1, 5), (1, 6), (59, 6), (2, 6)):
        desk.now_ns += seconds * S
        grown.append(desk.desk.recently("c", count))
    assert grown == [False, False, True, True, False]
