"""A Basler camera through pypylon; with `emulated`, pylon's own camera emulator.

One thread owns it. Removal is noticed twice: by pylon's callback, which only sets a flag because
it comes on a foreign thread, and by asking pylon at every call, because the callback may stay
away (pypylon issue 235). Nothing is repaired in a callback (pypylon issues 150 and 576): the
owner closes, and opens again.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inspectd.core.camera import Camera, CameraCounters, CameraInfo, CameraSettings, Grab
from inspectd.core.errors import DeviceError, DeviceRemovedError, InspectdError
from inspectd_drivers.basler_device import (
    HINTS,
    describe,
    find_device,
    is_emulated,
    load_pylon,
    reason,
    removal_watch,
)
from inspectd_drivers.basler_emulator import EmulatorPictures, fire_when_ready
from inspectd_drivers.basler_features import (
    Features,
    apply_settings,
    read_aoi,
    set_exposure,
    set_user_output,
)
from inspectd_drivers.basler_lights import UserOutputLights
from inspectd_drivers.basler_pixels import BlockGaps, to_grab
from inspectd_drivers.tally import Tally

_log = logging.getLogger(__name__)

# Within the 1 s that the contract allows beyond a call's own timeout.
_TRIGGER_READY_S = 0.5


def make_camera(settings: CameraSettings) -> Camera:
    """Make a closed Basler camera. Touches neither pylon nor any device yet."""
    return BaslerCamera(settings)


@dataclass(frozen=True, slots=True)
class _Session:
    """Everything that lives from one open to the next close."""

    pylon: Any
    camera: Any
    where: str
    removal: Any
    features: Features
    pictures: EmulatorPictures | None
    gaps: BlockGaps
    closing: threading.Event


class BaslerCamera:
    """One device, by serial number or user name. See `inspectd.core.camera.Camera`."""

    def __init__(self, settings: CameraSettings) -> None:
        self._settings = settings
        self._session: _Session | None = None
        self._tally = Tally()
        self._opened_before = False
        # Keeps `close` from destroying the device under a `pulse_line1` of another thread.
        self._trigger_lock = threading.Lock()
        self._lights = UserOutputLights()

    def open(self) -> CameraInfo:
        """Find the device, write every setting and start grabbing (OneByOne)."""
        self.close()
        pylon = load_pylon()
        device = find_device(pylon, self._settings)
        where = f"camera {describe(device)}"
        camera = pylon.InstantCamera()
        watch = removal_watch(pylon)
        try:
            session = self._start(pylon, camera, device, where, watch)
            aoi = read_aoi(session.features)
        except InspectdError:
            _let_go(pylon, camera, watch)
            raise
        except pylon.GenericException as error:
            _let_go(pylon, camera, watch)
            msg = f"cannot open {where}: {reason(error)}; {HINTS}"
            raise DeviceError(msg) from error
        self._session = session
        self._tally.add("reconnects", int(self._opened_before))
        self._opened_before = True
        return CameraInfo(
            model=device.GetModelName(),
            serial=device.GetSerialNumber(),
            user_name=device.GetUserDefinedName(),
            simulated=is_emulated(device),
            skipped_features=tuple(session.features.skipped),
            aoi=aoi,
        )

    def prepare(self, exposure_us: float | None, light: str) -> None:
        """Set the exposure; switch to `light` alone where it is a user output."""
        session = self._require_open()
        wanted_us = self._settings.exposure_us if exposure_us is None else exposure_us
        with self._guard(session, "set exposure and light"):
            set_exposure(session.features, wanted_us)
            self._lights.switch_to(session.features, light, session.where)

    def set_output(self, output: str, *, on: bool) -> None:
        """Switch a user output at once."""
        session = self._require_open()
        with self._guard(session, f"switch {output}"):
            set_user_output(session.features, output, on=on)

    def fire(self) -> None:
        """Trigger by software. A camera that is not ready within 0.5 s counts one skipped."""
        self._trigger("Software")

    def pulse_line1(self) -> None:
        """Play an edge on Line1 of the emulator; as `fire`. DeviceError on a real device."""
        if not self._settings.emulated:
            msg = f"{self._name()} is real: its Line1 is pulsed by the photo-eye, not by software"
            raise DeviceError(msg)
        self._trigger("Line1")

    def retrieve(self, timeout_ms: int) -> Grab | None:
        """Wait for one picture; a damaged or incomplete one is a failed Grab."""
        session = self._require_open()
        # Pictures that came before the removal are still handed over, without waiting for more.
        wait_ms = 0 if self._has_gone(session) else timeout_ms
        with self._guard(session, "wait for a picture"):
            if not session.camera.IsGrabbing():
                msg = f"{session.where} stopped sending pictures; close it and open it again"
                raise DeviceRemovedError(msg)
            result = session.camera.RetrieveResult(wait_ms, session.pylon.TimeoutHandling_Return)
            if result.IsValid():
                try:
                    return self._take(session, result)
                finally:
                    result.Release()
        if self._has_gone(session):
            raise DeviceRemovedError(_gone(session))
        self._tally.add("timeouts")
        return None

    def is_connected(self) -> bool:
        """Whether the device answers to a register read, past pylon's cache."""
        session = self._session
        if session is None or self._has_gone(session):
            return False
        try:
            session.camera.Width.GetValue(False, True)  # noqa: FBT003 -- no verify, ignore the cache
        except session.pylon.GenericException:
            return False
        return True

    def counters(self) -> CameraCounters:
        """Totals since the camera was made."""
        return self._tally.now()

    def close(self) -> None:
        """Stop grabbing and destroy pylon's device, once a pulse in progress has ended."""
        # First out of reach, so that a thread that pulses on and on cannot keep the lock for ever.
        session, self._session = self._session, None
        if session is not None:
            session.closing.set()
            with self._trigger_lock:
                self._lower_outputs(session)
                _let_go(session.pylon, session.camera, session.removal)

    def _lower_outputs(self, session: _Session) -> None:
        for output in self._settings.output_lines.values():
            try:
                set_user_output(session.features, output, on=False)
            except (DeviceError, session.pylon.GenericException) as error:
                _log.warning("%s: %s stays as it is: %s", session.where, output, error)

    def _start(self, pylon: Any, camera: Any, device: Any, where: str, watch: Any) -> _Session:
        settings = self._settings
        # In place of pylon's default configuration, which makes the camera free-running.
        camera.RegisterConfiguration(watch, pylon.RegistrationMode_ReplaceAll, pylon.Cleanup_None)
        camera.Attach(pylon.TlFactory.GetInstance().CreateDevice(device))
        camera.Open()
        features = Features(camera, where)
        apply_settings(features, settings)
        pictures = None
        if is_emulated(device) and settings.pictures:
            pictures = EmulatorPictures(camera, features, Path(settings.pictures))
        camera.MaxNumBuffer.SetValue(settings.buffers)
        camera.StartGrabbing(pylon.GrabStrategy_OneByOne, pylon.GrabLoop_ProvidedByUser)
        return _Session(
            pylon, camera, where, watch, features, pictures, BlockGaps(), threading.Event()
        )

    def _take(self, session: _Session, result: Any) -> Grab:
        grab = to_grab(result, self._settings, session.where)
        if grab.pixels is not None and session.pictures is not None:
            damage = session.pictures.damage(result.BlockID)
            grab = Grab(None, f"{session.where}: {damage}") if damage else grab
        whole = result.GrabSucceeded()
        if session.gaps.repeats(result.BlockID, whole=whole):
            self._tally.add("repeated")
            failure = f"the camera sent picture {result.BlockID} a second time: restart the camera"
            grab = Grab(None, f"{session.where}: {failure}")
        missed = session.gaps.missed_before(result.BlockID, whole=whole)
        self._tally.add("skipped", missed + result.GetNumberOfSkippedImages())
        self._tally.add("frames" if grab.pixels is not None else "failed_buffers")
        return grab

    def _trigger(self, source: str) -> None:
        if source != self._settings.trigger_source:
            msg = f"{self._name()} is triggered by {self._settings.trigger_source}, not {source}"
            raise DeviceError(msg)
        with self._trigger_lock:
            session = self._require_open()
            with self._guard(session, "trigger"):
                if not fire_when_ready(
                    session.pylon, session.camera, _TRIGGER_READY_S, session.closing
                ):
                    self._tally.add("skipped")

    @contextmanager
    def _guard(self, session: _Session, doing: str) -> Iterator[None]:
        """Turn pylon's errors into ours: whatever fails in a stream means close, then open."""
        try:
            yield
        except session.pylon.GenericException as error:
            if self._has_gone(session):
                raise DeviceRemovedError(_gone(session)) from error
            msg = f"{session.where} failed to {doing}: {reason(error)}; close it and open it again"
            raise DeviceRemovedError(msg) from error

    def _has_gone(self, session: _Session) -> bool:
        if session.removal.removed.is_set():
            return True
        try:
            return bool(session.camera.IsCameraDeviceRemoved())
        except session.pylon.GenericException:
            return True

    def _require_open(self) -> _Session:
        session = self._session
        if session is None:
            msg = f"{self._name()} is not open"
            raise DeviceError(msg)
        return session

    def _name(self) -> str:
        asked = self._settings.serial or self._settings.user_name
        return f"Basler camera {asked}" if asked else "the Basler camera"


def _gone(session: _Session) -> str:
    return f"{session.where} has gone: unplugged, without power, or its link dropped; {HINTS}"


def _let_go(pylon: Any, camera: Any, watch: Any) -> None:
    """Every step on its own: a device that has gone fails some, and the rest must still run."""
    steps = (
        camera.StopGrabbing,
        camera.Close,
        # pylon must not call a Python object that is about to be collected.
        lambda: camera.DeregisterConfiguration(watch),
        camera.DestroyDevice,
    )
    for step in steps:
        try:
            step()
        except pylon.GenericException as error:
            _log.warning("while closing a camera: %s", reason(error))
