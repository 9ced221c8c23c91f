"""One suite for every camera: what `inspectd.core.camera.Camera` promises, faults included."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from inspectd.core.errors import DeviceError, DeviceRemovedError

if TYPE_CHECKING:
    from contract.conftest import Bench

    from inspectd.core.camera import Camera


def retrieve_for(seconds: float, camera: Camera) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        camera.retrieve(20)


def test_an_edge_gives_one_picture_of_the_aoi(bench: Bench, camera: Camera) -> None:
    grab = bench.shoot(camera)
    assert grab.pixels is not None
    assert grab.pixels.shape == (bench.rows, bench.columns)
    assert grab.pixels.dtype == np.uint8
    assert not grab.failure
    assert camera.retrieve(50) is None


def test_without_an_edge_there_is_no_picture_and_the_wait_is_bounded(camera: Camera) -> None:
    started = time.monotonic()
    assert camera.retrieve(100) is None
    assert 0.09 < time.monotonic() - started < 1.1
    assert camera.counters().timeouts == 1


def test_pictures_come_in_the_order_of_their_names_and_start_again(
    bench: Bench, camera: Camera
) -> None:
    assert [bench.grey(bench.shoot(camera)) for _ in range(7)] == [*bench.greys, *bench.greys[:2]]


def test_edges_played_ahead_are_answered_one_by_one(bench: Bench, camera: Camera) -> None:
    for _ in range(4):
        camera.pulse_line1()
    assert [bench.grey(camera.retrieve(bench.wait_ms)) for _ in range(4)] == list(bench.greys[:4])
    assert camera.retrieve(50) is None


def test_edges_beyond_the_buffers_are_counted_as_skipped(bench: Bench) -> None:
    with bench.opened(buffers=2) as camera:
        for _ in range(3):
            camera.pulse_line1()
        answers = [camera.retrieve(wait_ms) for wait_ms in (bench.wait_ms, bench.wait_ms, 200)]
        assert [answer is not None for answer in answers] == [True, True, False]
        assert (camera.counters().frames, camera.counters().skipped) == (2, 1)


@pytest.mark.usefixtures("patient_edges")
def test_an_edge_of_another_thread_wakes_the_waiting_owner(bench: Bench, camera: Camera) -> None:
    def pulse_twenty_times() -> None:
        for _ in range(20):
            camera.pulse_line1()

    eye = threading.Thread(target=pulse_twenty_times)
    eye.start()
    greys = [bench.grey(camera.retrieve(bench.wait_ms)) for _ in range(20)]
    eye.join()
    assert greys == [*bench.greys * 4]
    assert camera.counters().frames == 20


@pytest.mark.usefixtures("patient_edges")
def test_an_edge_that_waits_for_a_buffer_does_not_hold_up_the_owner_and_is_answered(
    bench: Bench,
) -> None:
    with bench.opened(buffers=2) as camera:
        camera.pulse_line1()
        camera.pulse_line1()
        eye = threading.Thread(target=camera.pulse_line1)
        eye.start()
        started = time.monotonic()
        greys = [bench.grey(camera.retrieve(bench.wait_ms)) for _ in range(3)]
        assert time.monotonic() - started < bench.patience_s / 2
        eye.join()
        assert greys == list(bench.greys[:3])
        assert camera.counters().skipped == 0


def test_closing_under_a_pulsing_thread_ends_its_pulses_with_an_error(bench: Bench) -> None:
    camera = bench.make()
    seen: list[DeviceError] = []
    pulsing = threading.Event()

    def pulse_on() -> None:
        try:
            while True:
                camera.pulse_line1()
                pulsing.set()
        except DeviceError as error:
            seen.append(error)

    camera.open()
    eye = threading.Thread(target=pulse_on)
    eye.start()
    assert pulsing.wait(30)
    started = time.monotonic()
    camera.close()
    assert time.monotonic() - started < 1.5
    eye.join(5)
    assert "not open" in str(seen[0])


def test_software_trigger_fires_one_picture(bench: Bench) -> None:
    with bench.opened(trigger_source="Software") as camera:
        camera.fire()
        assert bench.grey(camera.retrieve(bench.wait_ms)) == bench.greys[0]
        assert camera.retrieve(50) is None


def test_a_trigger_of_the_wrong_source_is_refused(bench: Bench) -> None:
    with bench.opened() as camera, pytest.raises(DeviceError, match="Line1"):
        camera.fire()
    with bench.opened(trigger_source="Software") as camera:
        with pytest.raises(DeviceError, match="Software"):
            camera.pulse_line1()
        assert camera.retrieve(50) is None


def test_a_picture_belongs_to_its_receiver(bench: Bench, camera: Camera) -> None:
    kept = [bench.shoot(camera).pixels for _ in range(12)]
    for index, pixels in enumerate(kept):
        assert pixels is not None
        assert np.all(pixels == bench.greys[index % len(bench.greys)])
        assert pixels.flags.writeable


def test_a_damaged_picture_is_a_failed_grab_and_the_next_one_is_whole(
    bench: Bench, camera: Camera
) -> None:
    bench.shoot(camera)
    bench.fail_next(camera)
    failed = bench.shoot(camera)
    assert failed.pixels is None
    assert failed.failure
    assert bench.grey(bench.shoot(camera)) == bench.greys[2]
    counts = camera.counters()
    assert (counts.frames, counts.failed_buffers, counts.skipped) == (2, 1, 0)


def test_a_removed_camera_says_so_and_works_again_after_close_and_open(
    bench: Bench, camera: Camera
) -> None:
    bench.shoot(camera)
    assert camera.is_connected()
    bench.unplug(camera)
    with pytest.raises(DeviceRemovedError, match="gone"):
        retrieve_for(5, camera)
    assert not camera.is_connected()
    camera.close()
    bench.plug_in()
    camera.open()
    assert camera.is_connected()
    assert [bench.grey(bench.shoot(camera)) for _ in range(3)] == list(bench.greys[:3])
    counts = camera.counters()
    assert (counts.frames, counts.reconnects) == (4, 1)


def test_every_setting_is_applied_again_after_a_second_open(bench: Bench) -> None:
    camera = bench.make(width_px=32, height_px=20, offset_x_px=8, pixel_format="BGR8")
    for _ in range(2):
        camera.open()
        assert camera.retrieve(50) is None
        pixels = bench.shoot(camera).pixels
        camera.close()
        assert pixels is not None
        assert pixels.shape == (20, 32, 3)
        assert pixels.dtype == np.uint8


def test_opening_twice_is_a_reconnect(bench: Bench, camera: Camera) -> None:
    bench.shoot(camera)
    camera.open()
    assert bench.grey(bench.shoot(camera)) == bench.greys[0]
    assert camera.counters().reconnects == 1


def test_closing_twice_is_harmless_and_a_closed_camera_refuses_work(bench: Bench) -> None:
    camera = bench.make()
    camera.close()
    camera.open()
    camera.close()
    camera.close()
    assert not camera.is_connected()
    with pytest.raises(DeviceError, match="not open"):
        camera.pulse_line1()
    with pytest.raises(DeviceError, match="not open"):
        camera.retrieve(1)
    with pytest.raises(DeviceError, match="not open"):
        camera.prepare(1.0, "")


def test_exposure_and_light_may_be_named_for_every_shot(bench: Bench, camera: Camera) -> None:
    camera.prepare(500.0, "ring")
    camera.prepare(None, "")
    assert bench.grey(bench.shoot(camera)) == bench.greys[0]


def test_the_camera_says_that_it_is_simulated_and_what_it_has_no_node_for(bench: Bench) -> None:
    camera = bench.make()
    info = camera.open()
    camera.close()
    assert info.simulated
    assert info.serial
    assert info.model
    assert "LineDebouncerTime" in info.skipped_features
