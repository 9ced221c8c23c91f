from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inspectd.core.camera import Grab
from inspectd.core.recipe import Shot
from inspectd.core.verdict import Reason, ReasonCode
from inspectd.station.shots import ShotSequence, TakenView

MS = 1_000_000
GAP_NS = 50 * MS
ONE = (Shot(name="main"),)
THREE = (Shot(name="diffuse"), Shot(name="east"), Shot(name="west"))


def picture(level: int = 1) -> Grab:
    return Grab(np.full((2, 2), level, np.uint8))


def codes(views: list[TakenView]) -> list[str]:
    return [view.failure.code.value if view.failure else "whole" for view in views]


def test_one_shot_is_one_view_at_once_however_close_the_parts_are() -> None:
    sequence = ShotSequence(ONE, GAP_NS)
    for now_ns in (5 * MS, 6 * MS, 7 * MS):
        (view,) = sequence.add(picture(), now_ns)
        assert view.failure is None
        assert (view.first_ns, view.last_ns) == (now_ns, now_ns)
        assert sequence.expires_ns() is None


def test_shots_are_named_in_the_order_of_the_plan() -> None:
    sequence = ShotSequence(THREE, GAP_NS)
    assert sequence.next_shot.name == "diffuse"
    assert sequence.add(picture(1), 10 * MS) == []
    assert sequence.next_shot.name == "east"
    assert sequence.add(picture(2), 20 * MS) == []
    (view,) = sequence.add(picture(3), 30 * MS)
    assert view.failure is None
    assert [(f.shot, int(f.pixels.max())) for f in view.frames] == [
        ("diffuse", 1),
        ("east", 2),
        ("west", 3),
    ]
    assert (view.first_ns, view.last_ns) == (10 * MS, 30 * MS)
    assert sequence.next_shot.name == "diffuse"


def test_a_missing_shot_ends_the_view_and_the_late_picture_begins_the_next() -> None:
    sequence = ShotSequence(THREE, GAP_NS)
    sequence.add(picture(), 10 * MS)
    sequence.add(picture(), 20 * MS)
    (view,) = sequence.add(picture(), 71 * MS)
    assert view.failure is not None
    assert view.failure.code is ReasonCode.SHOT_MISSING
    assert "shot 3 of 3 (west)" in view.failure.text
    assert sequence.next_shot.name == "east"


def test_a_missing_shot_is_noticed_without_a_further_picture() -> None:
    sequence = ShotSequence(THREE, GAP_NS)
    sequence.add(picture(), 10 * MS)
    assert sequence.expire(60 * MS) is None
    expires_ns = sequence.expires_ns()
    assert expires_ns is not None
    view = sequence.expire(expires_ns)
    assert view is not None
    assert codes([view]) == ["shot_missing"]
    assert sequence.expire(expires_ns) is None


def test_a_failed_shot_fails_its_whole_view_but_keeps_the_sequence_in_step() -> None:
    sequence = ShotSequence(THREE, GAP_NS)
    views = sequence.add(picture(), 10 * MS)
    views += sequence.add(Grab(None, "incompletely grabbed"), 20 * MS)
    assert views == []
    views += sequence.add(picture(), 30 * MS)
    views += [v for t in (110, 120, 130) for v in sequence.add(picture(), t * MS)]
    assert codes(views) == ["grab_failed", "whole"]
    assert views[0].failure is not None
    assert "shot 2 of 3 (east) failed: incompletely grabbed" in views[0].failure.text


def test_parts_that_follow_within_the_gap_cannot_be_told_apart_and_are_no_verdict() -> None:
    sequence = ShotSequence(THREE, GAP_NS)
    views = [v for t in (10, 20, 30, 70, 80, 90) for v in sequence.add(picture(), t * MS)]
    assert codes(views) == ["whole", "shot_missing"]
    assert views[1].failure is not None
    assert "shot_gap_ms" in views[1].failure.text


def test_an_abandoned_view_keeps_the_reason_that_it_is_given() -> None:
    sequence = ShotSequence(THREE, GAP_NS)
    assert sequence.abandon(Reason(ReasonCode.CAMERA_LOST, "gone")) is None
    sequence.add(picture(), 10 * MS)
    view = sequence.abandon(Reason(ReasonCode.CAMERA_LOST, "gone"))
    assert view is not None
    assert codes([view]) == ["camera_lost"]
    assert sequence.expires_ns() is None


@given(st.lists(st.tuples(st.integers(1, 120), st.booleans()), max_size=40))
def test_every_edge_belongs_to_exactly_one_view_and_only_whole_ones_are_judged(
    edges: list[tuple[int, bool]],
) -> None:
    sequence = ShotSequence(THREE, GAP_NS)
    now_ns, views = 0, []
    for number, (pause_ms, good) in enumerate(edges):
        now_ns += pause_ms * MS
        views += sequence.add(picture(number) if good else Grab(None, "bad"), now_ns)
    last = sequence.abandon(Reason(ReasonCode.SHUTTING_DOWN, "end"))
    views += [last] if last else []
    shown = [int(f.pixels.max()) for view in views for f in view.frames]
    assert shown == [number for number, (_, good) in enumerate(edges) if good]
    for view in views:
        assert view.first_ns <= view.last_ns
        if view.failure is None:
            assert [f.shot for f in view.frames] == [shot.name for shot in THREE]
            times = [f.received_ns for f in view.frames]
            assert all(b - a <= GAP_NS for a, b in pairwise(times))
