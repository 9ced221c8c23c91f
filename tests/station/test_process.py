"""Real processes over real socket pairs, with the replay camera."""

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from support.station import ANSWER_S, START_S, StartStation, pulse_line1

from inspectd.core import wire
from inspectd.core.messages import (
    Beat,
    CameraDown,
    CameraUp,
    Configure,
    Fire,
    Hello,
    Preview,
    Shutdown,
    ViewDone,
    ViewStarted,
    to_station,
)
from inspectd.core.recipe import Recipe, Shot
from inspectd.core.verdict import Decision, ReasonCode

THREE_SHOTS = Recipe(shots=(Shot(name="diffuse"), Shot(name="east"), Shot(name="west")))

# A real station whose vision is replaced by a defective one; the rehearsal's frames are at 0.
DEFECTIVE = """
import sys, time
import inspectd.vision.inspect as vision
honest = vision.inspect
def defective(view, *rest):
    if view.frames[0].received_ns == 0:
        return honest(view, *rest)
    {defect}
vision.inspect = defective
from inspectd.station.__main__ import main
sys.exit(main())
"""

# A real station whose camera driver never returns from the call after its first picture.
HUNG = """
import sys, time
from inspectd_drivers.replay import ReplayCamera
honest = ReplayCamera.retrieve
def retrieve(self, timeout_ms):
    if self.counters().frames:
        time.sleep(3600)
    return honest(self, timeout_ms)
ReplayCamera.retrieve = retrieve
from inspectd.station.__main__ import main
sys.exit(main())
"""

# Starts a station, waits until its camera is up, says so and waits to be killed.
SUPERVISOR = """
import pathlib, socket, subprocess, sys, time
ours, theirs = socket.socketpair()
command = [sys.executable, "-m", "inspectd.station", "--fd", str(theirs.fileno())]
subprocess.Popen(command, pass_fds=(theirs.fileno(),))
theirs.close()
ours.sendall(pathlib.Path(sys.argv[1]).read_bytes())
seen = b""
while b"camera_up" not in seen:
    seen += ours.recv(65536)
print("up", flush=True)
time.sleep(3600)
"""


def by_software(configure: Configure, recipe: Recipe | None = None) -> Configure:
    camera = configure.camera.model_copy(update={"trigger_source": "Software"})
    return replace(configure, camera=camera, recipe=recipe or configure.recipe, line1_socket="")


def reason_of(done: ViewDone) -> ReasonCode:
    return done.result.reasons[0].code


def test_one_view_for_each_edge_with_previews_and_beats(
    start_station: StartStation, configure: Configure
) -> None:
    station = start_station()
    up = station.bring_up(configure)
    assert up.info.simulated
    hello = station.of(Hello)[0]
    assert hello.pid == station.process.pid
    for view in (1, 2, 3):
        pulse_line1(configure)
        started = station.expect(ViewStarted)
        done = station.expect(ViewDone)
        assert (started.view, done.view) == (view, view)
        assert done.result.decision is not Decision.NO_VERDICT
        assert done.result.simulated
        assert done.result.received_ns == started.received_ns
        assert done.result.vision_ms > 0
        preview = station.expect(Preview)
        assert preview.view == view
        picture = cv2.imdecode(np.frombuffer(station.blobs[view], np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        assert picture.shape[:2] == (preview.height_px, preview.width_px)
    beat = station.expect(Beat, when=lambda beat: beat.counters.frames == 3)
    assert beat.acquire_age_ms < 2_000
    assert beat.rss_bytes > 10_000_000
    assert station.answers_match_views()


def test_a_plan_of_three_shots_is_one_view(
    start_station: StartStation, configure: Configure
) -> None:
    station = start_station()
    station.bring_up(replace(configure, recipe=THREE_SHOTS))
    pulse_line1(configure, 3)
    done = station.expect(ViewDone)
    assert done.result.decision is not Decision.NO_VERDICT
    assert station.expect(Beat, when=lambda beat: beat.counters.timeouts > 0).counters.frames == 3
    assert len(station.of(ViewStarted)) == 1


def test_a_pause_inside_a_part_is_no_verdict_with_the_missing_shot(
    start_station: StartStation, configure: Configure
) -> None:
    station = start_station()
    station.bring_up(replace(configure, recipe=THREE_SHOTS, shot_gap_ms=500))
    pulse_line1(configure, 2)
    done = station.expect(ViewDone)
    assert reason_of(done) is ReasonCode.SHOT_MISSING
    assert "west" in done.result.reasons[0].text
    pulse_line1(configure, 3)
    assert station.expect(ViewDone).result.decision is not Decision.NO_VERDICT
    assert station.answers_match_views()


def test_parts_faster_than_vision_are_answered_one_by_one_in_order(
    start_station: StartStation, configure: Configure
) -> None:
    slow = DEFECTIVE.format(defect="time.sleep(0.3); return honest(view, *rest)")
    station = start_station("-c", slow)
    station.bring_up(replace(configure, queue_depth=1))
    pulse_line1(configure, 6)
    answers = [station.expect(ViewDone) for _ in range(6)]
    assert [done.view for done in answers] == [1, 2, 3, 4, 5, 6]
    overflowed = [
        done
        for done in answers
        if ReasonCode.QUEUE_OVERFLOW in {r.code for r in done.result.reasons}
    ]
    assert overflowed
    assert answers[0] not in overflowed
    count = len(overflowed)
    assert station.expect(Beat, when=lambda beat: beat.overflows == count).previews_skipped >= 0
    assert station.answers_match_views()


def test_a_damaged_picture_is_no_verdict_and_the_next_is_judged(
    start_station: StartStation, configure: Configure, pictures: Path
) -> None:
    (pictures / "part_00000.png").write_bytes(b"no picture")
    station = start_station()
    station.bring_up(configure)
    pulse_line1(configure, 2)
    assert reason_of(station.expect(ViewDone)) is ReasonCode.GRAB_FAILED
    assert station.expect(ViewDone).result.decision is not Decision.NO_VERDICT


def test_a_camera_that_goes_and_comes_back_serves_again(
    start_station: StartStation, configure: Configure, pictures: Path
) -> None:
    station = start_station()
    station.bring_up(configure)
    pulse_line1(configure)
    station.expect(ViewDone)
    away = pictures.rename(pictures.with_name("away"))
    assert "pictures" in station.expect(CameraDown).reason
    away.rename(pictures)
    station.expect(CameraUp)
    pulse_line1(configure)
    assert station.expect(ViewDone).view == 2
    assert len(station.of(CameraDown)) <= 2
    assert station.answers_match_views()


def test_a_camera_that_is_not_there_is_waited_for(
    start_station: StartStation, configure: Configure, pictures: Path
) -> None:
    away = pictures.rename(pictures.with_name("away"))
    station = start_station()
    station.send(configure)
    assert str(pictures) in station.expect(CameraDown).reason
    away.rename(pictures)
    station.expect(CameraUp, START_S)


def test_a_driver_that_does_not_exist_is_named_with_those_that_do(
    start_station: StartStation, configure: Configure
) -> None:
    station = start_station()
    camera = configure.camera.model_copy(update={"driver": "holga"})
    station.send(replace(configure, camera=camera))
    reason = station.expect(CameraDown).reason
    assert "'holga'" in reason
    assert "replay" in reason


def test_fired_parts_are_answered_with_their_acquisition_ids(
    start_station: StartStation, configure: Configure
) -> None:
    station = start_station()
    station.bring_up(by_software(configure, THREE_SHOTS))
    for acquisition_id in (11, 12):
        station.send(Fire(acquisition_id))
        assert station.expect(ViewStarted).acquisition_id == acquisition_id
        assert station.expect(ViewDone).result.decision is not Decision.NO_VERDICT
    assert station.answers_match_views()


def test_firing_a_hardware_triggered_station_is_no_verdict(
    start_station: StartStation, configure: Configure
) -> None:
    station = start_station()
    station.bring_up(configure)
    station.send(Fire(5))
    assert station.expect(ViewStarted).acquisition_id == 5
    assert reason_of(station.expect(ViewDone)) is ReasonCode.TRIGGER_MISMATCH


def test_vision_that_fails_is_no_verdict_and_after_five_times_the_process_ends(
    start_station: StartStation, configure: Configure
) -> None:
    station = start_station("-c", DEFECTIVE.format(defect="raise RuntimeError('no such plane')"))
    station.bring_up(configure)
    for _ in range(5):
        pulse_line1(configure)
        done = station.expect(ViewDone)
        assert done.result.decision is Decision.NO_VERDICT
        assert reason_of(done) is ReasonCode.VISION_ERROR
        assert done.result.reasons[0].text == "RuntimeError: no such plane"
    assert station.read_to_end() == 4
    assert '"event": "vision_error"' in station.stderr()


def test_a_judgement_that_hangs_shows_in_the_beats(
    start_station: StartStation, configure: Configure
) -> None:
    station = start_station("-c", DEFECTIVE.format(defect="time.sleep(3600)"))
    station.bring_up(configure)
    pulse_line1(configure)
    hangs = station.expect(
        Beat, when=lambda beat: beat.judging_since_ms > 1_000 > beat.acquire_age_ms
    )
    assert hangs.judge_age_ms > 1_000


def test_a_camera_call_that_hangs_shows_in_the_beats_and_does_not_stop_a_shutdown(
    start_station: StartStation, configure: Configure
) -> None:
    station = start_station("-c", HUNG)
    station.bring_up(configure)
    pulse_line1(configure)
    assert station.expect(ViewDone).result.decision is not Decision.NO_VERDICT
    station.expect(Beat, when=lambda beat: beat.acquire_age_ms > 1_000 > beat.judge_age_ms)
    station.send(Shutdown())
    assert station.read_to_end() == 5
    assert '"event": "camera_hangs"' in station.stderr()


def test_a_supervisor_that_dies_ends_a_station_whose_camera_hangs(
    start_station: StartStation, configure: Configure
) -> None:
    station = start_station("-c", HUNG)
    station.bring_up(configure)
    pulse_line1(configure)
    station.expect(ViewDone)
    station.hang_up()
    assert station.process.wait(ANSWER_S) == 3


def test_shutdown_answers_what_is_queued_and_exits_with_zero(
    start_station: StartStation, configure: Configure
) -> None:
    slow = DEFECTIVE.format(defect="time.sleep(0.2); return honest(view, *rest)")
    station = start_station("-c", slow)
    station.bring_up(configure)
    pulse_line1(configure, 3)
    station.expect(ViewStarted, when=lambda started: started.view == 3)
    station.send(Shutdown())
    assert station.read_to_end() == 0
    assert len(station.of(ViewDone)) == 3
    assert station.answers_match_views()
    assert not Path(configure.line1_socket).exists()


def test_shutdown_answers_a_part_that_is_half_taken(
    start_station: StartStation, configure: Configure
) -> None:
    station = start_station()
    station.bring_up(replace(configure, recipe=THREE_SHOTS, shot_gap_ms=10_000))
    pulse_line1(configure, 2)
    station.expect(Beat, when=lambda beat: beat.counters.frames == 2)
    station.send(Shutdown())
    assert station.read_to_end() == 0
    assert [reason_of(done) for done in station.of(ViewDone)] == [ReasonCode.SHUTTING_DOWN]


def test_sigterm_is_a_shutdown_and_ctrl_c_is_left_to_the_supervisor(
    start_station: StartStation, configure: Configure
) -> None:
    station = start_station()
    station.bring_up(configure)
    station.process.send_signal(signal.SIGINT)
    station.expect(Beat, when=lambda beat: beat.counters.timeouts > 0)
    station.process.send_signal(signal.SIGTERM)
    assert station.read_to_end() == 0


def test_sigterm_before_configuration_ends_the_process(start_station: StartStation) -> None:
    station = start_station()
    station.expect(Hello, START_S)
    station.process.send_signal(signal.SIGTERM)
    assert station.read_to_end() == 0


def test_a_supervisor_that_dies_ends_its_station(
    start_station: StartStation, configure: Configure
) -> None:
    station = start_station()
    station.bring_up(configure)
    station.hang_up()
    assert station.process.wait(ANSWER_S) == 3
    assert '"event": "link_lost"' in station.stderr()


def test_a_second_configure_ends_the_station(
    start_station: StartStation, configure: Configure
) -> None:
    station = start_station()
    station.bring_up(configure)
    station.send(configure)
    assert station.read_to_end() == 3
    assert "configured once" in station.stderr()


def test_a_reference_that_cannot_be_read_ends_the_station_with_one_line(
    start_station: StartStation, configure: Configure
) -> None:
    station = start_station()
    station.send(replace(configure, reference="/nowhere/top.npz", reference_sha256="0" * 64))
    assert station.read_to_end(START_S) == 1
    (line,) = [line for line in station.stderr().splitlines() if "reference_refused" in line]
    assert "/nowhere/top.npz" in line


def test_firing_before_the_camera_can_be_up_ends_the_station(start_station: StartStation) -> None:
    station = start_station()
    station.send(Fire(1))
    assert station.read_to_end(START_S) == 3
    assert "part 1 was fired before the camera was up" in station.stderr()


def test_a_supervisor_that_is_killed_leaves_no_station_behind(
    configure: Configure, tmp_path: Path
) -> None:
    (tmp_path / "configure").write_bytes(wire.encode(to_station, configure))
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(tmp_path / "configure")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert supervisor.stdout is not None
    with supervisor.stdout as out:
        assert out.readline() == b"up\n"
        supervisor.kill()
        supervisor.wait(10.0)
        # The station has inherited this pipe: when it is gone, and not before, the file ends.
        assert out.read() == b""


def test_an_fd_that_is_no_socket_is_one_clear_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "inspectd.station", "--fd", "0"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert "--fd 0 is no connected socket" in done.stderr
    assert done.stderr.count("\n") == 1
