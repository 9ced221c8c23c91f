"""Parts that several cameras see, and cameras that go away and come back."""

from support.parts import LOST, MS, WINDOW, assembler, result

from inspectd.core.verdict import Decision


def test_a_dead_station_answers_every_part_that_waits_for_it() -> None:
    parts = assembler("top", "side")
    parts.announce(1, 0, 0)
    parts.view_started("top", 1, 0, None, 0)
    parts.view_started("side", 1, 0, None, 0)
    parts.view_done("top", 1, result(), 0)
    parts.station_down("side", LOST, 1 * MS)
    (part,) = parts.take_decided()
    assert part.decision is Decision.NO_VERDICT
    assert part.reasons == (LOST,)


def test_a_defect_seen_by_one_camera_outweighs_another_that_died() -> None:
    parts = assembler("top", "side")
    parts.announce(1, 0, 0)
    parts.view_started("top", 1, 0, None, 0)
    parts.view_done("top", 1, result(Decision.FAIL), 0)
    parts.station_down("side", LOST, 1 * MS)
    assert parts.take_decided()[0].decision is Decision.FAIL


def test_a_station_that_came_back_cannot_make_good_what_it_missed() -> None:
    parts = assembler("top", "side")
    parts.announce(1, 0, 0)
    parts.view_started("top", 1, 0, None, 0)
    parts.view_started("side", 1, 0, None, 0)
    parts.station_down("side", LOST, 1 * MS)
    assert parts.view_done("side", 1, result(), 2 * MS) is None
    assert parts.late_results == 1
    parts.view_done("top", 1, result(), 3 * MS)
    assert parts.take_decided()[0].decision is Decision.NO_VERDICT


def test_a_picture_by_a_station_that_was_away_before_it_makes_no_pass() -> None:
    parts = assembler("top", "side")
    parts.announce(1, 0, 0)
    parts.station_down("side", LOST, 1 * MS)
    parts.station_up("side")
    for station in ("side", "top"):
        parts.view_started(station, 1, 2 * MS, None, 2 * MS)
        parts.view_done(station, 1, result(), 3 * MS)
    assert parts.take_decided()[0].decision is Decision.NO_VERDICT


def test_a_part_that_comes_while_a_station_is_away_does_not_wait_for_it() -> None:
    parts = assembler("top", "side")
    parts.station_down("side", LOST, 0)
    parts.view_started("top", 1, 0, None, 0)
    parts.view_done("top", 1, result(), 1 * MS)
    (part,) = parts.take_decided()
    assert (part.decision, part.reasons) == (Decision.NO_VERDICT, (LOST,))
    parts.station_up("side")
    for station in ("top", "side"):
        parts.view_started(station, 2, 100 * MS, None, 100 * MS)
        parts.view_done(station, 2, result(), 101 * MS)
    assert parts.take_decided()[0].decision is Decision.PASS


def test_a_part_may_move_on_when_every_camera_has_its_picture_and_not_before() -> None:
    parts = assembler("top", "side")
    acquisition = parts.announce(1, 0, 0)
    seen = [parts.exposed(acquisition)]
    for station in ("top", "side"):
        parts.view_started(station, 1, 1 * MS, None, 1 * MS)
        seen.append(parts.exposed(acquisition))
    assert seen == [False, False, True]


def test_a_part_that_is_answered_without_a_picture_may_move_on() -> None:
    parts = assembler()
    acquisition = parts.announce(1, 0, 0)
    parts.missed(2, 0, 1 * MS)
    assert parts.exposed(acquisition)


def test_frames_of_two_cameras_within_the_window_are_one_part() -> None:
    parts = assembler("top", "side")
    first = parts.view_started("top", 1, 0, None, 0)
    assert parts.view_started("side", 1, WINDOW, None, WINDOW) == first


def test_frames_further_apart_than_the_window_are_two_parts() -> None:
    parts = assembler("top", "side")
    first = parts.view_started("top", 1, 0, None, 0)
    assert parts.view_started("side", 1, WINDOW + 1, None, WINDOW + 1) != first


def test_a_camera_that_dies_after_it_saw_a_defect_does_not_undo_it() -> None:
    parts = assembler("top", "side")
    parts.announce(1, 0, 0)
    parts.view_started("top", 1, 0, None, 0)
    parts.view_done("top", 1, result(Decision.FAIL), 0)
    parts.station_down("top", LOST, 1 * MS)
    parts.view_started("side", 1, 2 * MS, None, 2 * MS)
    parts.view_done("side", 1, result(), 3 * MS)
    assert parts.take_decided()[0].decision is Decision.FAIL


def test_frames_are_compared_with_the_first_of_their_part_and_do_not_drift() -> None:
    parts = assembler("top", "side", "back")
    first = parts.view_started("top", 1, 0, None, 0)
    assert parts.view_started("side", 1, WINDOW, None, WINDOW) == first
    assert parts.view_started("back", 1, WINDOW + 1, None, WINDOW + 1) != first
