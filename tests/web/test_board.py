import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspectd.core.verdict import Decision, Verdict
from inspectd.observe.snapshot import LineSnapshot, StationSnapshot
from inspectd.web import board as board_module
from inspectd.web.board import MAX_EARLY_PREVIEWS, MAX_PARTS, MAX_PREVIEW_BYTES, Board, Event

MakeVerdict = Callable[..., Verdict]
MakeSnapshot = Callable[..., LineSnapshot]


@pytest.fixture
def add(board: Board, make_verdict: MakeVerdict) -> Callable[..., None]:
    def add_part(number: int, **changes: Any) -> None:
        board.add(make_verdict(sequence=number, acquisition_id=number, **changes), 24.5)

    return add_part


def parts(board: Board) -> list[dict[str, Any]]:
    return [json.loads(part) for part in board.parts_json()]


def test_parts_come_newest_first(board: Board, add: Callable[..., None]) -> None:
    add(1)
    add(2)

    assert [part["verdict"]["sequence"] for part in parts(board)] == [2, 1]


def test_a_part_is_the_published_verdict_and_its_latency(
    board: Board, add: Callable[..., None]
) -> None:
    add(1)

    (part,) = parts(board)
    assert part["verdict"]["decision"] == "FAIL"
    assert part["verdict"]["defects"][0]["diameter_mm"] == 3.25
    assert part["verdict"]["contours_omitted"] is True
    assert part["latency_ms"] == 24.5
    assert part["previews"] == []


def test_a_part_without_a_frame_has_no_latency(board: Board, add: Callable[..., None]) -> None:
    add(1, received_ns=0, decision=Decision.NO_VERDICT)

    assert parts(board)[0]["latency_ms"] is None


def test_the_age_of_a_part_is_told(make_verdict: MakeVerdict) -> None:
    now_ns = 0
    board = Board(lambda: now_ns)
    board.add(make_verdict(), 24.5)
    now_ns = 2_500_000_000

    assert parts(board)[0]["age_ms"] == 2500.0


def test_only_the_last_parts_are_kept(board: Board, add: Callable[..., None]) -> None:
    for number in range(1, MAX_PARTS + 11):
        add(number)
        board.add_preview(number, "cam1", b"jpeg", 8, 6)

    assert len(parts(board)) == MAX_PARTS
    assert parts(board)[-1]["verdict"]["sequence"] == 11
    assert board.preview(10, "cam1") is None
    assert board.preview(11, "cam1") is not None


def test_a_picture_comes_to_its_part(board: Board, add: Callable[..., None]) -> None:
    add(1)
    add(2)
    board.add_preview(1, "cam1", b"jpeg", 8, 6)

    assert parts(board)[1]["previews"] == [{"station": "cam1", "width_px": 8, "height_px": 6}]
    picture = board.preview(1, "cam1")
    assert picture is not None
    assert picture.jpeg == b"jpeg"
    assert board.preview(2, "cam1") is None
    assert board.preview(1, "cam2") is None


@pytest.mark.parametrize(
    ("acquisition_id", "jpeg"), [(0, b"jpeg"), (1, bytes(MAX_PREVIEW_BYTES + 1))]
)
def test_a_picture_of_no_part_or_too_large_is_counted_away(
    board: Board, add: Callable[..., None], acquisition_id: int, jpeg: bytes
) -> None:
    add(1)
    board.add_preview(acquisition_id, "cam1", jpeg, 8, 6)

    assert board.previews_dropped == 1
    assert board.preview(acquisition_id, "cam1") is None


def test_a_second_picture_of_the_same_view_does_not_replace_the_first(
    board: Board, add: Callable[..., None]
) -> None:
    add(1)
    board.add_preview(1, "cam1", b"first", 8, 6)
    board.add_preview(1, "cam1", b"second", 8, 6)

    picture = board.preview(1, "cam1")
    assert picture is not None
    assert picture.jpeg == b"first"
    assert board.previews_dropped == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.integers(1, 12), st.integers(0, 400)), max_size=60))
def test_pictures_never_hold_more_memory_than_allowed(
    make_verdict: MakeVerdict, steps: list[tuple[int, int]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(board_module, "MAX_ALL_PREVIEWS_BYTES", 1000)
        patch.setattr(board_module, "MAX_PARTS", 5)
        board = Board()
        for sequence, (station, size) in enumerate(steps, start=1):
            if station > 6:
                board.add(make_verdict(sequence=sequence, acquisition_id=sequence // 3), 1.0)
            board.add_preview(sequence // 3, f"cam{station}", bytes(size), 8, 6)
            kept = [
                len(picture.jpeg) for part in board._parts for picture in part.previews.values()
            ]
            assert sum(kept) <= 1000
            assert sum(kept) == board._preview_bytes


def test_before_the_first_status_there_is_none(board: Board) -> None:
    assert json.loads(board.state_json())["status"] is None


def test_the_state_is_told_in_words_and_numbers(board: Board, make_snapshot: MakeSnapshot) -> None:
    emulated = StationSnapshot("cam1", up=True, simulated=True)
    board.set_status(make_snapshot(stations=(emulated,)))

    status = json.loads(board.state_json())["status"]
    assert status["decisions"] == {"PASS": 90, "FAIL": 8, "REVIEW": 2}
    assert status["simulated"] is True
    assert status["stations"][0]["name"] == "cam1"


def test_a_status_grows_old(make_snapshot: MakeSnapshot) -> None:
    now_ns = 0
    board = Board(lambda: now_ns)
    board.set_status(make_snapshot())
    now_ns = 7_000_000_000

    assert board.status_age_s == 7.0


def test_listeners_hear_of_parts_pictures_and_status_until_they_leave(
    board: Board, add: Callable[..., None], make_snapshot: MakeSnapshot
) -> None:
    heard: list[Event] = []
    board.listen(heard.append)
    add(1)
    board.add_preview(1, "cam1", b"jpeg", 8, 6)
    board.set_status(make_snapshot())
    board.unlisten(heard.append)
    add(2)

    assert [event.name for event in heard] == ["part", "preview", "status"]
    assert json.loads(heard[1].data)["previews"][0]["station"] == "cam1"
    assert all(b"\n" not in event.data for event in heard)


def test_a_picture_that_comes_before_its_part_is_kept_for_it(
    board: Board, make_verdict: MakeVerdict
) -> None:
    board.add_preview(1, "cam1", b"jpeg", 8, 6)
    assert board.preview(1, "cam1") is None
    board.add(make_verdict(acquisition_id=1), 12.0)
    assert board.preview(1, "cam1") is not None
    assert board.previews_dropped == 0


def test_pictures_whose_parts_never_come_are_let_go_and_counted(board: Board) -> None:
    for number in range(1, MAX_EARLY_PREVIEWS + 3):
        board.add_preview(number, "cam1", b"jpeg", 8, 6)
    assert board.previews_dropped == 2


def test_the_least_slack_of_the_last_seconds_is_told(make_verdict: MakeVerdict) -> None:
    now_ns = 0
    board = Board(lambda: now_ns)
    assert board.deadline_slack is None
    board.add(make_verdict(sequence=1), 24.5, slack=0.2)
    now_ns = 4_000_000_000
    board.add(make_verdict(sequence=2), 24.5, slack=0.7)
    assert board.deadline_slack == pytest.approx(0.2)
    now_ns = 6_000_000_000
    assert board.deadline_slack == pytest.approx(0.7)
