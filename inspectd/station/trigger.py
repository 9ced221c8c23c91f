"""The two ways a part is taken: the photo-eye's edges on Line1, or our own software trigger.

Both are driven by the acquisition thread alone: `arm` after each open, then `turn` again and
again, `abandon` when the camera is lost or the station stops. A turn blocks for `TURN_MS` plus
what the camera's calls need. Only `fire` comes from another thread.
"""

import queue
import time
from collections.abc import Callable
from typing import Protocol

from inspectd.core.camera import Camera, Grab
from inspectd.core.errors import DeviceError
from inspectd.core.recipe import Shot
from inspectd.core.verdict import Reason, ReasonCode
from inspectd.station.shots import ShotSequence, TakenView, Taking

TURN_MS = 100
# After the exposure: read-out, transfer and the driver. GigE at 1 Gbit/s needs 43 ms for 5 MB.
FRAME_WAIT_MS = 1_000

Deliver = Callable[[TakenView], None]
Retrieve = Callable[[int], Grab | None]
Prepare = Callable[[Shot], None]


class Trigger(Protocol):
    """What the acquisition thread asks of either way; see the module's text for the order."""

    def arm(self, prepare: Prepare) -> None:
        """Set the camera for the first shot; raises DeviceError where it refuses a shot."""
        ...

    def turn(self, camera: Camera, retrieve: Retrieve, prepare: Prepare) -> bool:
        """Take what comes within `TURN_MS`; whether anything came."""
        ...

    def abandon(self, reason: Reason) -> None:
        """Answer every part that was begun or asked for with NO-VERDICT and `reason`."""
        ...

    def fire(self, acquisition_id: int) -> None:
        """Ask for one part (thread-safe)."""
        ...


class HardwareTrigger:
    """Each edge on Line1 is the next shot of the plan.

    A picture's time is when it was fetched, and its part is found by that time. So a loop that
    stood still (a stopped process, a host that swaps) for `window_ns` longer than it may wait
    takes no picture for any part's, until it has once found none or 1 s later: those pictures
    have waited in the driver, nobody knows for how long.
    """

    def __init__(
        self, plan: tuple[Shot, ...], gap_ns: int, window_ns: int, deliver: Deliver
    ) -> None:
        self._plan = plan
        self._gap_ns = gap_ns
        self._longest_ns = window_ns + TURN_MS * 1_000_000
        self._deliver = deliver
        self._sequence = ShotSequence(plan, gap_ns)
        self._looked_ns = time.monotonic_ns()
        self._stale_until_ns = 0

    def arm(self, prepare: Prepare) -> None:
        """Begin a new sequence, after trying every shot's setting once."""
        self._sequence = ShotSequence(self._plan, self._gap_ns)
        for shot in reversed(self._plan):
            prepare(shot)
        self._looked_ns = time.monotonic_ns()

    def turn(self, camera: Camera, retrieve: Retrieve, prepare: Prepare) -> bool:  # noqa: ARG002 - the software trigger needs it
        """Wait for one edge's picture, no longer than the running view may wait for it."""
        grab = retrieve(self._patience_ms())
        now_ns = time.monotonic_ns()
        grab = self._of_known_time(grab, now_ns)
        if grab is not None:
            for view in self._sequence.add(grab, now_ns):
                self._deliver(view)
        elif (late := self._sequence.expire(now_ns)) is not None:
            self._deliver(late)
        prepare(self._sequence.next_shot)
        return grab is not None

    def abandon(self, reason: Reason) -> None:
        """End the unfinished view."""
        if (unfinished := self._sequence.abandon(reason)) is not None:
            self._deliver(unfinished)

    def fire(self, acquisition_id: int) -> None:
        """Refuse: a second trigger beside the photo-eye would put the sequence out of step."""
        text = "the station is set for hardware trigger (Line1) and cannot be fired by software"
        self._deliver(_refused(acquisition_id, Reason(ReasonCode.TRIGGER_MISMATCH, text)))

    def _of_known_time(self, grab: Grab | None, now_ns: int) -> Grab | None:
        looked_ns, self._looked_ns = self._looked_ns, now_ns
        if now_ns - looked_ns > self._longest_ns:
            self._stale_until_ns = now_ns + FRAME_WAIT_MS * 1_000_000
        elif grab is None:
            self._stale_until_ns = 0
        if grab is None or now_ns >= self._stale_until_ns:
            return grab
        return Grab(None, "the station stood still, so it is not known when this picture was taken")

    def _patience_ms(self) -> int:
        expires_ns = self._sequence.expires_ns()
        if expires_ns is None:
            return TURN_MS
        left_ms = -((time.monotonic_ns() - expires_ns) // 1_000_000)
        return max(0, min(TURN_MS, left_ms))


class SoftwareTrigger:
    """Each `fire` takes all shots of one part."""

    def __init__(
        self, plan: tuple[Shot, ...], exposure_us: float, waiting: int, deliver: Deliver
    ) -> None:
        self._plan = plan
        self._exposure_us = exposure_us
        self._deliver = deliver
        self._asked: queue.Queue[int] = queue.Queue(maxsize=waiting)

    def arm(self, prepare: Prepare) -> None:
        """Try every shot's setting once; what was asked meanwhile has passed the camera."""
        for shot in reversed(self._plan):
            prepare(shot)
        text = "the camera was being opened when this part was triggered"
        self.abandon(Reason(ReasonCode.CAMERA_LOST, text))

    def turn(self, camera: Camera, retrieve: Retrieve, prepare: Prepare) -> bool:
        """Take one part, if one is asked for."""
        try:
            acquisition_id = self._asked.get(timeout=TURN_MS / 1e3)
        except queue.Empty:
            return False
        now_ns = time.monotonic_ns()
        taking = Taking(self._plan, now_ns, now_ns)
        try:
            while not taking.complete() and taking.failure is None:
                self._take_shot(taking, camera, retrieve, prepare)
        except Exception as error:
            taking.fail(Reason(ReasonCode.CAMERA_LOST, f"the camera failed: {error}"))
            raise
        finally:
            self._deliver(taking.taken(acquisition_id))
        return True

    def abandon(self, reason: Reason) -> None:
        """Answer every part that waits for its turn."""
        while True:
            try:
                self._deliver(_refused(self._asked.get_nowait(), reason))
            except queue.Empty:
                return

    def fire(self, acquisition_id: int) -> None:
        """Ask for one part; NO-VERDICT at once where too many wait already."""
        try:
            self._asked.put_nowait(acquisition_id)
        except queue.Full:
            text = f"{self._asked.maxsize} triggers were already waiting for the camera"
            self._deliver(_refused(acquisition_id, Reason(ReasonCode.QUEUE_OVERFLOW, text)))

    def _take_shot(
        self, taking: Taking, camera: Camera, retrieve: Retrieve, prepare: Prepare
    ) -> None:
        shot = self._plan[taking.shots_done]
        prepare(shot)
        if retrieve(0) is not None:
            # It would be taken for the one asked for now; only a fresh start is sure to be empty.
            msg = "a picture came that nobody had asked for; opening the camera afresh"
            raise DeviceError(msg)
        camera.fire()
        exposure_ms = (shot.exposure_us or self._exposure_us) / 1e3
        limit_ns = time.monotonic_ns() + round((exposure_ms + FRAME_WAIT_MS) * 1e6)
        while (now_ns := time.monotonic_ns()) < limit_ns:
            grab = retrieve(min(TURN_MS, (limit_ns - now_ns) // 1_000_000 + 1))
            if grab is not None:
                now_ns = time.monotonic_ns()
                taking.first_ns = taking.first_ns if taking.shots_done else now_ns
                taking.add(grab, now_ns)
                return
        text = (
            f"{taking.shot_text(taking.shots_done + 1)} was triggered and no picture came within "
            f"{exposure_ms + FRAME_WAIT_MS:g} ms"
        )
        taking.fail(Reason(ReasonCode.FRAME_MISSING, text))
        # A picture that comes later yet would be taken for the next part's.
        raise DeviceError(text)


def _refused(acquisition_id: int, reason: Reason) -> TakenView:
    now_ns = time.monotonic_ns()
    return TakenView((), now_ns, now_ns, reason, acquisition_id)
