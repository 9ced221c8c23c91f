"""The one owner of the camera and of the thread that drives it.

Opening, every call between, and closing happen in this thread, so that a reconnect never runs in
a driver's callback (pypylon issues 150, 576). A camera that fails in any way is closed and opened
again, with pauses of 0.2 s growing to 5 s, for as long as the station lives; whatever part it was
taking is answered NO-VERDICT (camera_lost).
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from inspectd.core.camera import Camera, CameraCounters, CameraInfo, CameraSettings, Grab
from inspectd.core.errors import ConfigurationError, DeviceError, DeviceRemovedError, InspectdError
from inspectd.core.messages import CameraDown, CameraUp, Configure
from inspectd.core.recipe import Shot
from inspectd.core.verdict import Reason, ReasonCode
from inspectd.settings.camera_drivers import driver
from inspectd.station.intake import Intake
from inspectd.station.line1 import Line1Socket
from inspectd.station.report import one_line, report
from inspectd.station.shots import TakenView
from inspectd.station.trigger import HardwareTrigger, SoftwareTrigger, Trigger
from inspectd.station.vitals import Vitals

_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 5.0
_PAUSE_STEP_S = 0.1
_OUTPUT_WAIT_S = 0.02
# A timeout is normal under hardware trigger, so it says nothing: ask the device instead.
_PROBE_NS = 500_000_000


class Acquisition:
    """Takes views and puts them into `intake`, which it closes when it has ended.

    `send` hands CameraUp and CameraDown to the supervisor. CameraUp waits for `warm`, but
    triggers are taken, and answered, from the moment the camera is armed.
    """

    def __init__(
        self,
        configure: Configure,
        intake: Intake,
        vitals: Vitals,
        send: Callable[[CameraUp | CameraDown], object],
        warm: threading.Event,
    ) -> None:
        self._configure = configure
        self._settings = configure.camera
        self._intake = intake
        self._vitals = vitals
        self._send = send
        self._warm = warm
        self._trigger = self._make_trigger()
        self._camera: Camera | None = None
        self._info: CameraInfo | None = None
        self._skipped = 0
        self._announced = False
        self._down_reason = ""
        self._set: tuple[float, str] | None = None
        self._line1: Line1Socket | None = None
        # Held by every camera call but `retrieve`: edges may only be played while that waits.
        self._busy = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="acquire")

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to close the camera and end; returns at once."""
        self._stop.set()

    def join(self, timeout_s: float) -> bool:
        """Wait for the end; whether it came (a driver may hang)."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def fire(self, acquisition_id: int) -> None:
        """Take one part now (software trigger); every call is answered by one view."""
        self._trigger.fire(acquisition_id)

    def set_output(self, output: str, on: bool) -> None:
        """Switch a user output from another thread. DeviceError without an open camera.

        On only if the camera can be had at once, for a signal that comes late means another part.
        """
        if not self._busy.acquire(timeout=_OUTPUT_WAIT_S if on else -1):
            msg = f"{output}: the camera is busy"
            raise DeviceError(msg)
        try:
            if self._camera is None:
                msg = f"{output}: the camera is not open"
                raise DeviceError(msg)
            self._camera.set_output(output, on=on)
        finally:
            self._busy.release()

    def counters(self) -> CameraCounters:
        """The camera's totals so far."""
        return self._camera.counters() if self._camera else CameraCounters()

    def _make_trigger(self) -> Trigger:
        plan = self._configure.recipe.shots
        if self._settings.trigger_source == "Line1":
            gap_ns = self._configure.shot_gap_ms * 1_000_000
            window_ns = self._configure.match_window_ms * 1_000_000
            return HardwareTrigger(plan, gap_ns, window_ns, self._deliver)
        waiting = self._configure.queue_depth
        return SoftwareTrigger(plan, self._settings.exposure_us, waiting, self._deliver)

    def _deliver(self, taken: TakenView) -> None:
        if self._info is None:
            self._intake.put(taken, "", simulated=False)
            return
        info = self._info
        self._intake.put(taken, info.serial, simulated=info.simulated, aoi=info.aoi)

    def _run(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while not self._stop.is_set():
            began_s = time.monotonic()
            try:
                self._session()
            except Exception as error:  # noqa: BLE001 - a driver may raise anything; all means: no pictures
                if time.monotonic() - began_s > _LONGEST_PAUSE_S:
                    pause_s = _FIRST_PAUSE_S
                self._lost(error, pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
        self._trigger.abandon(Reason(ReasonCode.SHUTTING_DOWN, "the station is shutting down"))
        if self._line1 is not None:
            self._line1.close()
        self._close()
        # Fires that came since: nobody else will answer them.
        self._trigger.abandon(Reason(ReasonCode.SHUTTING_DOWN, "the station is shutting down"))
        self._intake.close()

    def _session(self) -> None:
        """One life of the camera: open, arm, take pictures until told to stop."""
        camera = self._open()
        self._trigger.arm(self._prepare)
        alive_ns = time.monotonic_ns()
        while not self._stop.is_set():
            self._vitals.acquire_turned(time.monotonic_ns())
            came = self._trigger.turn(camera, self._retrieve, self._prepare)
            now_ns = time.monotonic_ns()
            # Only after a whole turn: a camera that opens and fails at once is not up.
            if not self._announced and self._warm.is_set():
                self._announce_up()
            if came:
                alive_ns = now_ns
            elif now_ns - alive_ns > _PROBE_NS:
                alive_ns = now_ns
                if not camera.is_connected():
                    msg = "the camera does not answer any more; check its cable and its power"
                    raise DeviceRemovedError(msg)

    def _open(self) -> Camera:
        self._vitals.acquire_turned(time.monotonic_ns())
        with self._busy:
            if self._camera is None:
                self._camera = make_camera(self._settings)
            info = self._camera.open()
            self._info = info
            self._skipped = self._camera.counters().skipped
        self._set = (self._settings.exposure_us, "")
        if self._configure.line1_socket and self._line1 is None:
            if not info.simulated:
                msg = f"a Line1 socket is for emulated cameras, and {info.model} is a real one"
                raise ConfigurationError(msg)
            self._line1 = Line1Socket(Path(self._configure.line1_socket), self._pulse)
        return self._camera

    def _announce_up(self) -> None:
        assert self._info is not None
        self._announced = True
        self._down_reason = ""
        skipped = ", ".join(self._info.skipped_features)
        report("camera_up", model=self._info.model, serial=self._info.serial, not_set=skipped)
        self._send(CameraUp(self._info))

    def _lost(self, error: Exception, pause_s: float) -> None:
        """Answer what was being taken, say so, close, and wait before the next try."""
        reason = str(error) if isinstance(error, InspectdError) else one_line(error)
        lost = Reason(ReasonCode.CAMERA_LOST, f"the camera is not there: {reason}")
        # Before CameraDown: after it the supervisor takes a view for a part of its own.
        self._trigger.abandon(lost)
        if self._announced or reason != self._down_reason:
            self._send(CameraDown(reason))
            report("camera_down", reason=reason)
        self._announced = False
        self._down_reason = reason
        self._close()
        again_s = time.monotonic() + pause_s
        while time.monotonic() < again_s and not self._stop.wait(_PAUSE_STEP_S):
            self._vitals.acquire_turned(time.monotonic_ns())
            self._trigger.abandon(lost)

    def _close(self) -> None:
        with self._busy:
            if self._camera is not None:
                self._camera.close()

    def _retrieve(self, timeout_ms: int) -> Grab | None:
        assert self._camera is not None
        self._vitals.acquire_turned(time.monotonic_ns())
        grab = self._camera.retrieve(timeout_ms)
        lost = self._camera.counters().skipped - self._skipped
        if lost:
            # Which part they were of is not known, so no picture still in the driver can be
            # given to a part any more: only an empty driver makes a sure start.
            msg = f"the driver lost {lost} picture(s): triggers come faster than it can hand over"
            raise DeviceError(msg)
        return grab

    def _prepare(self, shot: Shot) -> None:
        wanted = (shot.exposure_us or self._settings.exposure_us, shot.light)
        if wanted == self._set:
            return
        assert self._camera is not None
        with self._busy:
            self._camera.prepare(*wanted)
        self._set = wanted

    def _pulse(self) -> None:
        assert self._camera is not None
        with self._busy:
            self._camera.pulse_line1()


def make_camera(settings: CameraSettings) -> Camera:
    """The camera that `settings.driver` names, not opened yet; ConfigurationError if none does."""
    camera: Camera = driver(settings.driver).load()(settings)
    return camera
