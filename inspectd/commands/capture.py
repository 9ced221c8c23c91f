"""Pictures straight from a camera, by software trigger: to set it up, and to calibrate it.

The running service has the camera for itself, so it must be stopped meanwhile.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager

from inspectd.core.camera import Camera, CameraSettings
from inspectd.core.errors import DeviceError
from inspectd.core.frame import Pixels
from inspectd.station.acquire import make_camera

_TRIES = 3
_BEYOND_EXPOSURE_MS = 3_000
_STOP_SERVICE = "if the service runs, it has the camera: systemctl stop inspectd"


def capture(settings: CameraSettings, count: int | None) -> Generator[Pixels, None, None]:
    """Take `count` pictures (None: without end), one each time the next one is asked for.

    `settings.trigger_source` is taken as "Software". The camera is opened at the first picture,
    and closed when the iterator ends or is closed. A damaged or missing picture is taken again,
    twice at most. Raises ConfigurationError for an unknown driver, and DeviceError where no camera
    answers, another program has it, or three pictures in a row failed.
    """
    with _opened(settings.model_copy(update={"trigger_source": "Software"})) as camera:
        taken = 0
        while count is None or taken < count:
            yield _picture(camera, settings)
            taken += 1


@contextmanager
def _opened(settings: CameraSettings) -> Iterator[Camera]:
    camera = make_camera(settings)
    try:
        camera.open()
    except DeviceError as error:
        if settings.emulated or settings.driver == "replay":
            raise
        msg = f"{error}; {_STOP_SERVICE}"
        raise type(error)(msg) from error
    try:
        camera.prepare(None, "")
        yield camera
    finally:
        camera.close()


def _picture(camera: Camera, settings: CameraSettings) -> Pixels:
    timeout_ms = _BEYOND_EXPOSURE_MS + int(settings.exposure_us / 1e3)
    failure = ""
    for _ in range(_TRIES):
        camera.fire()
        grab = camera.retrieve(timeout_ms)
        if grab is None:
            failure = f"no picture within {timeout_ms} ms of its trigger"
        elif grab.pixels is None:
            failure = grab.failure
        else:
            return grab.pixels
    msg = f"{_TRIES} pictures in a row failed; the last: {failure}; look at the camera's cable"
    raise DeviceError(msg)
