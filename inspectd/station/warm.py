"""Everything slow that must be over before the first part: imports, compilation, first touch.

Imported by the main thread while the acquisition thread opens the camera: numba, OpenCV and a
camera's driver each take a second or so to load.
"""

import time

import cv2
import numpy as np

from inspectd.core.camera import PixelFormat
from inspectd.core.frame import Frame, Pixels, View
from inspectd.core.messages import Configure
from inspectd.vision.inspect import inspect
from inspectd.vision.overlay import draw, encode_jpeg
from inspectd.vision.warm import warm_up


def warm_vision(configure: Configure) -> None:
    """Compile the kernels, then judge and draw one grey view of the camera's size, for nothing.

    The rehearsal pays for what each library sets up at its first call and for the first touch
    of memory, so that the first part is judged as fast as the thousandth.
    """
    # One core per station, by design: OpenCV's own pool would fight over it with the others.
    cv2.setNumThreads(1)
    warm_up()
    camera = configure.camera
    pixels = _grey(camera.pixel_format, camera.height_px, camera.width_px)
    frames = tuple(Frame(pixels, shot.name, 0) for shot in configure.recipe.shots)
    view = View(frames, camera.serial, camera.emulated)
    result = inspect(view, configure.recipe, configure.calibration, time.monotonic_ns)
    encode_jpeg(draw(pixels, result, configure.preview_max_px))


def _grey(pixel_format: PixelFormat, rows: int, columns: int) -> Pixels:
    if pixel_format == "BGR8":
        return np.full((rows, columns, 3), 128, np.uint8)
    if pixel_format == "Mono8":
        return np.full((rows, columns), 128, np.uint8)
    return np.full((rows, columns), 128 << 8, np.uint16)
