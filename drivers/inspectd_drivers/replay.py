"""A camera that shows picture files: stored frames, or somebody's photographs.

It keeps the contract of `inspectd.core.camera.Camera` without any camera software, and shows
files as pylon's emulator does (see `pictures`).
"""

import threading
from pathlib import Path

from inspectd.core.camera import Camera, CameraCounters, CameraInfo, CameraSettings, Grab
from inspectd.core.errors import (
    ConfigurationError,
    DeviceError,
    DeviceRemovedError,
    PictureError,
)
from inspectd.core.frame import Aoi
from inspectd_drivers.pictures import picture_files, read_picture
from inspectd_drivers.tally import Tally

_NO_NODES = ("ExposureTime", "Gain", "LineDebouncerTime", "UserOutputValue")
_TRIGGER_READY_S = 0.5


def make_camera(settings: CameraSettings) -> Camera:
    """Make a closed replay camera. Raises ConfigurationError without `pictures`."""
    if not settings.pictures:
        msg = "the replay camera needs `pictures`: a file or a folder of pictures"
        raise ConfigurationError(msg)
    return ReplayCamera(settings, Path(settings.pictures))


class ReplayCamera:
    """Cycles through the files of `source` in name order, one for each trigger.

    A trigger is remembered until it is retrieved; at most `settings.buffers` of them, as a
    camera has no more buffers to fill. One more waits up to 0.5 s for a free one, as the emulated
    Basler camera does, and is counted as skipped then.
    """

    def __init__(self, settings: CameraSettings, source: Path) -> None:
        self._settings = settings
        self._source = source.absolute()
        self._files: tuple[Path, ...] = ()
        self._shown = 0
        self._pending = 0
        self._edge = threading.Condition()
        self._tally = Tally()
        self._opened_before = False

    def open(self) -> CameraInfo:
        """Read the folder again, and start at its first file. No file is read yet."""
        self.close()
        files = picture_files(self._source)
        with self._edge:
            self._files, self._shown, self._pending = files, 0, 0
        self._tally.add("reconnects", int(self._opened_before))
        self._opened_before = True
        serial = self._settings.serial or "replay"
        offsets = (self._settings.offset_x_px, self._settings.offset_y_px)
        return CameraInfo(
            model="Replay",
            serial=serial,
            user_name=self._settings.user_name,
            simulated=True,
            skipped_features=_NO_NODES,
            aoi=Aoi(offset_x_px=offsets[0], offset_y_px=offsets[1]),
        )

    def prepare(self, exposure_us: float | None, light: str) -> None:  # noqa: ARG002 -- the pictures are taken already
        """Nothing to set; `skipped_features` says so."""
        self._require_open()

    def set_output(self, output: str, *, on: bool) -> None:
        """Raise DeviceError: there are no lines."""
        msg = f"the replay camera has no {output} to switch {'on' if on else 'off'}"
        raise DeviceError(msg)

    def fire(self) -> None:
        """Show one more file; raises DeviceError unless trigger_source is Software."""
        self._trigger("Software")

    def pulse_line1(self) -> None:
        """Show one more file; raises DeviceError unless trigger_source is Line1."""
        self._trigger("Line1")

    def retrieve(self, timeout_ms: int) -> Grab | None:
        """Decode the next triggered file. A damaged one is a failed Grab that names it.

        The decoder's time comes on top of `timeout_ms`: 35 ms for 5 million pixels of PNG, but
        4 s for 400 million.
        """
        self._require_open()
        with self._edge:
            triggered = self._edge.wait_for(lambda: self._pending > 0, timeout_ms / 1_000)
            self._pending -= int(triggered)
            self._edge.notify_all()
        if not self.is_connected():
            msg = f"the pictures of the replay camera have gone: {self._source}; put them back"
            raise DeviceRemovedError(msg)
        if not triggered:
            self._tally.add("timeouts")
            return None
        return self._show()

    def is_connected(self) -> bool:
        """Whether the camera is open and its pictures are still there."""
        return bool(self._files) and self._source.exists()

    def counters(self) -> CameraCounters:
        """Totals since the camera was made."""
        return self._tally.now()

    def close(self) -> None:
        """Forget triggers that were not answered."""
        with self._edge:
            self._files = ()
            self._pending = 0
            self._edge.notify_all()

    def _trigger(self, source: str) -> None:
        self._require_open()
        if source != self._settings.trigger_source:
            msg = f"no trigger by {source}: trigger_source is {self._settings.trigger_source}"
            raise DeviceError(msg)
        with self._edge:
            ready = self._edge.wait_for(self._is_ready, _TRIGGER_READY_S)
            self._require_open()
            if not ready:
                self._tally.add("skipped")
                return
            self._pending += 1
            self._edge.notify_all()

    def _is_ready(self) -> bool:
        return not self._files or self._pending < self._settings.buffers

    def _show(self) -> Grab:
        path = self._files[self._shown % len(self._files)]
        self._shown += 1
        try:
            grab = Grab(read_picture(path, self._settings))
        except PictureError as error:
            grab = Grab(None, str(error))
        except FileNotFoundError:
            grab = Grab(None, f"picture {path} has gone since the camera was opened")
        self._tally.add("frames" if grab.pixels is not None else "failed_buffers")
        return grab

    def _require_open(self) -> None:
        if not self._files:
            msg = f"the replay camera of {self._source} is not open"
            raise DeviceError(msg)
