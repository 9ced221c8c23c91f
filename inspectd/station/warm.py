"""Everything slow that must be over before the first part: imports, compilation, first touch.

Imported by the main thread while the acquisition thread opens the camera: numba, OpenCV and a
camera's driver each take a second or so to load.
"""

import time

import cv2
import numpy as np

from inspectd.core.calibration import Calibration
from inspectd.core.camera import PixelFormat, is_colour, is_deep
from inspectd.core.frame import Frame, Pixels, View
from inspectd.core.job import Job
from inspectd.core.messages import Configure
from inspectd.core.recipe import Recipe, Vision
from inspectd.vision.inspect import inspect
from inspectd.vision.overlay import draw, encode_jpeg
from inspectd.vision.spread import Spread, in_turn
from inspectd.vision.warm import warm_up

_REHEARSALS = 2
_MM_PER_PX = 0.05
_GREY, _NOISE, _DARK = 128, 2.0, 80


def warm_vision(configure: Configure, spread: Spread = in_turn) -> None:
    """Compile the kernels, then judge and draw one made-up view of the camera's size, for nothing.

    The rehearsal pays for what each library sets up at its first call and for the first touch
    of memory, so that the first part is judged as fast as the thousandth. It bears a line and a
    disc, so that no stage is spared.
    """
    # A station has the threads that its settings give it: OpenCV's own pool would fight over the
    # cores with the others.
    cv2.setNumThreads(1)
    warm_up()
    camera = configure.camera
    pixels = _plate(camera.pixel_format, camera.height_px, camera.width_px)
    frames = tuple(Frame(pixels, shot.name, 0) for shot in configure.recipe.shots)
    view = View(frames, camera.serial, camera.emulated)
    # Not the station's own, which may refuse the view before the rehearsal has begun.
    wanted = configure.recipe.vision
    plain = Vision(gamma=wanted.gamma, orientations=wanted.orientations)
    recipe = Recipe(shots=configure.recipe.shots, vision=plain)
    job = Job(recipe, Calibration.from_scale(_MM_PER_PX))
    for _ in range(_REHEARSALS):
        result = inspect(view, job, time.monotonic_ns, spread)
    encode_jpeg(draw(pixels, result, configure.preview_max_px, job))


def _plate(pixel_format: PixelFormat, rows: int, columns: int) -> Pixels:
    """A grey plate with a sensor's noise, a dark line and a dark disc."""
    rng = np.random.default_rng(0)
    plate = rng.normal(_GREY, _NOISE, (rows, columns)).astype(np.uint8)
    size = min(rows, columns)
    cv2.line(plate, (size // 4, size // 3), (size // 2, size // 3), _DARK, max(1, size // 200))
    cv2.circle(plate, (size // 2, 2 * size // 3), max(2, size // 10), _DARK, cv2.FILLED)
    if is_colour(pixel_format):
        return np.dstack((plate, plate, plate))
    return plate.astype(np.uint16) * np.uint16(256) if is_deep(pixel_format) else plate
