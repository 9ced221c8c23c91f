"""Every alarm of the table is raised by what the line is like."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from inspectd.core.alarm_table import BY_ID
from inspectd.core.verdict import Reason, ReasonCode
from inspectd.observe.snapshot import (
    BrokerSnapshot,
    JournalSnapshot,
    LineSnapshot,
    StationSnapshot,
)
from inspectd.supervisor.conditions import BACKLOG, conditions

Make = Callable[..., LineSnapshot]
AWAY = BrokerSnapshot(connected=False, fault="unreachable", error="x")
REFUSING = BrokerSnapshot(connected=False, fault="not_authorised", error="x")
QUIET: dict[str, Any] = {
    "withheld": (),
    "overrun": "",
    "refusal": "",
    "soon": (),
    "recently": lambda _name, _count: False,
}


def withheld(code: ReasonCode) -> dict[str, Any]:
    return {"withheld": (Reason(code, "because"),)}


def recently(name: str) -> dict[str, Any]:
    return {"recently": lambda counter, _: counter == name}


CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "station_down",
        {"state": "Error", "stations": (StationSnapshot("top", up=False, reason="gone"),)},
        {},
    ),
    ("journal_failed", {"journal": JournalSnapshot(ok=False, reason="full")}, {}),
    ("verification_failed", {}, withheld(ReasonCode.VERIFICATION_FAILED)),
    ("verification_due", {}, withheld(ReasonCode.VERIFICATION_DUE)),
    ("calibration_invalid", {}, withheld(ReasonCode.CALIBRATION_EXPIRED)),
    ("calibration_invalid", {}, withheld(ReasonCode.CALIBRATION_MISMATCH)),
    ("results_overrun", {}, {"overrun": "3 results"}),
    ("plc_foreign_writes", {}, recently("plc_foreign_writes")),
    ("plc_handshake", {}, recently("plc_handshake")),
    ("plc_refused", {}, recently("plc_refused")),
    (
        "broker_away",
        {"broker": BrokerSnapshot(connected=False, fault="unreachable", error="x")},
        {},
    ),
    (
        "broker_refuses",
        {"broker": BrokerSnapshot(connected=False, fault="not_authorised", error="x")},
        {},
    ),
    ("outbox_backlog", {"broker": BrokerSnapshot(connected=True, backlog=BACKLOG + 1)}, {}),
    ("outlines_dropped", {}, recently("outlines_dropped")),
    ("reload_refused", {}, {"refusal": "x.toml"}),
    ("attention_soon", {}, {"soon": ("it expires",)}),
]


def test_a_line_that_is_well_has_no_alarm(make_snapshot: Make) -> None:
    assert conditions(make_snapshot(), **QUIET) == {}


@pytest.mark.parametrize(("alarm", "line", "known"), CASES)
def test_the_condition_of_an_alarm_raises_it_alone(
    alarm: str, line: dict[str, Any], known: dict[str, Any], make_snapshot: Make
) -> None:
    found = conditions(replace(make_snapshot(), **line), **{**QUIET, **known})
    assert set(found) == {alarm}
    assert found[alarm]


@pytest.mark.parametrize(
    ("alarm", "plc"),
    [("plc_watchdog", {"watchdog_tripped": True}), ("plc_link", {"link_fault": "no answer"})],
)
def test_a_plc_that_is_silent_or_away_raises_its_alarm(
    alarm: str, plc: dict[str, Any], make_snapshot: Make
) -> None:
    line = make_snapshot()
    silent = replace(line, plc=replace(line.plc, **plc))
    assert set(conditions(silent, **QUIET)) == {alarm}


def test_every_alarm_of_the_table_has_a_condition() -> None:
    assert {alarm for alarm, _, _ in CASES} | {"plc_watchdog", "plc_link"} == set(BY_ID)


def test_stations_that_still_start_are_no_alarm(make_snapshot: Make) -> None:
    starting = StationSnapshot("top", up=False, reason="starting")
    line = replace(make_snapshot(), state="Preoperational", stations=(starting,))
    assert conditions(line, **QUIET) == {}
