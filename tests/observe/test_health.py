from collections.abc import Callable

import pytest

from inspectd.observe.health import STALE_AFTER_S, alive, ready
from inspectd.observe.snapshot import JournalSnapshot, LineSnapshot, StationSnapshot

MakeSnapshot = Callable[..., LineSnapshot]
STALE_S = STALE_AFTER_S + 1


def test_a_fresh_status_means_alive() -> None:
    assert alive(STALE_AFTER_S).ok


def test_a_stale_status_means_a_stuck_supervisor() -> None:
    health = alive(STALE_S)

    assert not health.ok
    assert health.reasons == ("the supervisor's last status is 6 s old",)


def test_a_line_where_all_is_well_is_ready(make_snapshot: MakeSnapshot) -> None:
    health = ready(make_snapshot(), 0.0)

    assert health.ok
    assert health.reasons == ()


def test_before_the_first_status_nothing_is_ready() -> None:
    assert ready(None, 0.0).reasons == ("the line is starting",)


def test_a_good_status_that_is_old_is_not_ready(make_snapshot: MakeSnapshot) -> None:
    assert not ready(make_snapshot(), STALE_S).ok


def test_the_line_s_own_reasons_are_given(make_snapshot: MakeSnapshot) -> None:
    line = make_snapshot(ready=False, reasons=("station cam1: removed", "journal: disk full"))

    assert ready(line, 0.0).reasons == ("station cam1: removed", "journal: disk full")


def test_not_ready_without_a_reason_names_the_state(make_snapshot: MakeSnapshot) -> None:
    line = make_snapshot(ready=False, state="Error")

    assert ready(line, 0.0).reasons == ("the line is in state Error",)


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        ({"stations": (StationSnapshot("cam1", up=False),)}, "station cam1: down"),
        (
            {"stations": (StationSnapshot("cam1", up=False, reason="station cam1: unplugged"),)},
            "station cam1: unplugged",
        ),
        ({"journal": JournalSnapshot(ok=False, reason="disk full")}, "journal: disk full"),
    ],
)
def test_a_line_that_calls_itself_ready_with_a_room_down_is_not(
    make_snapshot: MakeSnapshot, trouble: dict[str, object], reason: str
) -> None:
    assert ready(make_snapshot(**trouble), 0.0).reasons == (reason,)
