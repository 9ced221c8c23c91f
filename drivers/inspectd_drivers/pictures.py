"""Picture files as a camera shows them: in which order, and in which pixel format.

Every rule here was measured on pylon's camera emulator (pylon 12.4), so that a folder looks the
same through the `replay` camera and through the emulated Basler camera.
"""

import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.camera import CameraSettings, PixelFormat, is_colour, is_deep
from inspectd.core.errors import DeviceNotFoundError, PictureError
from inspectd.core.frame import Pixels

_KEPT_BITS: dict[PixelFormat, int] = {"Mono10": 0xFFC0, "Mono12": 0xFFF0}
_COLOUR_NDIM = 3
_BGR, _BGRA = 3, 4
# The emulator's luma in B, G, R order. The offset makes OpenCV's rounding a floor, as there.
_LUMA = np.array([[1, 5, 2, -3.5]]) / 8


def picture_files(source: Path) -> tuple[Path, ...]:
    """List the files that a camera showing `source` cycles through: by name, byte for byte.

    Every entry of a folder counts, also one that is no picture: it is a failed grab, so that a
    damaged file is never skipped unseen. Raises DeviceNotFoundError if there is nothing to show.
    """
    path = source.absolute()
    try:
        found = (
            sorted(path.iterdir(), key=lambda entry: os.fsencode(entry.name))
            if path.is_dir()
            else [path][: path.is_file()]
        )
    except OSError as error:
        msg = f"cannot list pictures in {path}: {error.strerror}; check its permissions"
        raise DeviceNotFoundError(msg) from error
    if not found:
        msg = f"no pictures at {path}: set the camera's `pictures` to a file or a folder of files"
        raise DeviceNotFoundError(msg)
    return tuple(found)


def read_picture(path: Path, settings: CameraSettings) -> Pixels:
    """Read one file as a camera set to `settings` shows it.

    Cropped to the AOI; smaller pictures keep their size. Returns an array of its own: (rows,
    columns) uint8 or uint16, or (rows, columns, 3) uint8 in B, G, R order. Raises PictureError
    if the file is damaged or no picture, FileNotFoundError if it has gone.
    """
    picture = _decode(path)
    cropped = _crop(picture, settings)
    pixels: Pixels = np.ascontiguousarray(_convert(cropped, settings.pixel_format))
    return pixels


def is_cut_off_jpeg(path: Path) -> bool:
    """Whether a file is a JPEG that ends before its end-of-image marker (ITU-T T.81, B.1.1.3).

    Inside entropy-coded data 0xFF is always stuffed, so the last EOI stands behind the last SOS
    of a whole file. False for files that are no JPEG or cannot be read.
    """
    try:
        with path.open("rb") as file:
            if file.read(2) != b"\xff\xd8":
                return False
            data = file.read()
    except OSError:
        return False
    return data.rfind(b"\xff\xd9") <= data.rfind(b"\xff\xda")


def _decode(path: Path) -> NDArray[Any]:
    try:
        data = np.fromfile(path, np.uint8)
        picture = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if data.size else None
    except FileNotFoundError:
        raise
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror}"
        raise PictureError(msg) from error
    except (cv2.error, MemoryError) as error:
        msg = f"cannot decode {path}: the picture is too large or damaged"
        raise PictureError(msg) from error
    if picture is None:
        msg = f"cannot decode {path}: damaged, cut off or no picture"
        raise PictureError(msg)
    channels = picture.shape[2] if picture.ndim == _COLOUR_NDIM else 0
    if picture.dtype not in (np.uint8, np.uint16) or channels not in (0, _BGR, _BGRA):
        msg = f"cannot show {path}: {channels} channels of {picture.dtype}; give 8 or 16 bit"
        raise PictureError(msg)
    # Alpha is no light that fell on a sensor.
    return picture if picture.ndim != _COLOUR_NDIM else picture[:, :, :_BGR]


def _crop(picture: NDArray[Any], settings: CameraSettings) -> NDArray[Any]:
    rows, columns = picture.shape[:2]
    top = min(settings.offset_y_px, max(0, rows - settings.height_px))
    left = min(settings.offset_x_px, max(0, columns - settings.width_px))
    return picture[top : top + settings.height_px, left : left + settings.width_px]


def _convert(picture: NDArray[Any], wanted: PixelFormat) -> NDArray[Any]:
    deep, colour = is_deep(wanted), is_colour(wanted)
    if deep and picture.dtype == np.uint8:
        picture = picture.astype(np.uint16) << 8
    if not deep and picture.dtype == np.uint16:
        picture = (picture >> 8).astype(np.uint8)
    if not colour and picture.ndim == _COLOUR_NDIM:
        picture = cv2.transform(picture, _LUMA)
    if colour and picture.ndim != _COLOUR_NDIM:
        picture = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
    return picture & _KEPT_BITS[wanted] if wanted in _KEPT_BITS else picture
