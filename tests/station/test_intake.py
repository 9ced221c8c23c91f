import threading

import numpy as np

from inspectd.core.frame import Aoi, Frame, View
from inspectd.core.messages import ViewStarted
from inspectd.core.verdict import Decision, Reason, ReasonCode, ViewResult
from inspectd.station.intake import Intake, Work
from inspectd.station.shots import TakenView


def taken(first_ns: int = 1, failure: Reason | None = None) -> TakenView:
    frame = Frame(np.zeros((2, 2), np.uint8), "main", first_ns)
    return TakenView((frame,), first_ns, first_ns + 1, failure)


def test_a_view_can_be_got_while_it_is_announced_and_says_when_it_has_been() -> None:
    got: list[tuple[int, bool]] = []

    def announce(started: ViewStarted) -> None:
        work = intake.get(0.0)
        assert work is not None
        got.append((started.view, work.announced.is_set()))
        works.append(work)

    works: list[Work] = []
    intake = Intake(2, announce)
    intake.put(taken(), "S1", simulated=True)
    intake.put(taken(), "S1", simulated=True)
    assert got == [(1, False), (2, False)]
    assert all(work.announced.is_set() for work in works)


def test_a_view_is_numbered_announced_and_queued_with_what_the_camera_said() -> None:
    announced: list[ViewStarted] = []
    intake = Intake(2, announced.append)
    intake.put(taken(7), "S1", simulated=True, aoi=Aoi(offset_x_px=8))
    assert announced == [ViewStarted(1, 7, None)]
    work = intake.get(0.0)
    assert work is not None
    assert isinstance(work.task, View)
    assert (work.view, work.task.camera_serial, work.task.simulated) == (1, "S1", True)
    assert work.task.aoi == Aoi(offset_x_px=8)


def test_a_view_that_finds_the_queue_full_is_answered_in_its_turn_without_pictures() -> None:
    announced: list[ViewStarted] = []
    intake = Intake(2, announced.append)
    for _ in range(4):
        intake.put(taken(), "S1", simulated=True)
    assert [message.view for message in announced] == [1, 2, 3, 4]
    assert (intake.waiting(), intake.overflows) == (2, 2)
    works = [intake.get(0.0) for _ in range(4)]
    assert [work.view for work in works if work] == [1, 2, 3, 4]
    last = works[-1]
    assert last is not None
    assert isinstance(last.task, ViewResult)
    assert last.task.decision is Decision.NO_VERDICT
    assert last.task.reasons[0].code is ReasonCode.QUEUE_OVERFLOW
    assert (last.task.simulated, last.task.received_ns) == (True, 2)


def test_room_is_made_by_taking_a_view_out() -> None:
    intake = Intake(1, lambda _: None)
    intake.put(taken(), "S1", simulated=False)
    assert intake.get(0.0) is not None
    intake.put(taken(), "S1", simulated=False)
    work = intake.get(0.0)
    assert work is not None
    assert isinstance(work.task, View)
    assert intake.overflows == 0


def test_answers_that_are_known_already_take_no_room() -> None:
    intake = Intake(1, lambda _: None)
    failure = Reason(ReasonCode.GRAB_FAILED, "bad")
    for _ in range(3):
        intake.put(taken(failure=failure), "S1", simulated=False)
    intake.put(taken(), "S1", simulated=False)
    assert (intake.overflows, intake.waiting()) == (0, 1)


def test_what_was_queued_before_the_end_can_still_be_got() -> None:
    intake = Intake(1, lambda _: None)
    intake.put(taken(), "S1", simulated=False)
    intake.close()
    assert not intake.finished()
    assert intake.get(0.0) is not None
    assert intake.finished()
    assert intake.get(60.0) is None


def test_the_waiting_judge_is_woken_by_a_view() -> None:
    intake = Intake(1, lambda _: None)
    got: list[object] = []
    judge = threading.Thread(target=lambda: got.append(intake.get(30.0)))
    judge.start()
    intake.put(taken(), "S1", simulated=False)
    judge.join(10.0)
    assert got
    assert got[0] is not None
