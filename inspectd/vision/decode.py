"""From a picture file's bytes to pixels, or one clear line why not."""

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.errors import PictureError
from inspectd.core.frame import Pixels
from inspectd.vision.headers import read_size

MAX_PIXELS = 400_000_000
MAX_SIDE_PX = 30_000

_COLOUR_CHANNELS = 3
_ALPHA_CHANNELS = 4


def decode_picture(data: bytes) -> Pixels:
    """Decode a PNG, JPEG, BMP or TIFF file.

    Returns (rows, columns) uint8 or uint16, or (rows, columns, 3) uint8 in B, G, R order.
    16-bit colour is scaled to 8 bit. An alpha channel is dropped where it is opaque everywhere;
    a picture with see-through pixels is refused, since nobody can say what is behind them. Exif
    orientation is ignored: a calibration holds for the sensor's own rows and columns.

    Raises PictureError for everything that is not such a picture, for damaged files, and for
    more than MAX_PIXELS or MAX_SIDE_PX, which the header is asked for before anything is decoded.
    """
    if not data:
        msg = "the picture file is empty (0 bytes)"
        raise PictureError(msg)
    width, height = read_size(data)
    if min(width, height) < 1 or max(width, height) > MAX_SIDE_PX or width * height > MAX_PIXELS:
        msg = (
            f"picture of {width} x {height} px: each side must be 1 to {MAX_SIDE_PX:,} px and all "
            f"of it at most {MAX_PIXELS // 1_000_000} megapixels; crop or scale it"
        )
        raise PictureError(msg)
    decoded = _decode_quietly(data)
    if decoded is None or decoded.shape[:2] != (height, width):
        msg = f"the picture file is damaged: its {width} x {height} px cannot be decoded"
        raise PictureError(msg)
    return _as_pixels(decoded)


def to_8_bit(pixels: NDArray[np.generic]) -> NDArray[np.uint8]:
    """The same picture in uint8: 16-bit levels rounded, full scale (65535) onto full scale (255).

    `pixels`: uint8, which come back as they are, or uint16, of any shape.
    """
    if pixels.dtype == np.uint16:
        levels = pixels.astype(np.uint16, copy=False)
        return np.asarray(cv2.convertScaleAbs(levels, alpha=255.0 / 65_535.0), dtype=np.uint8)
    return np.asarray(pixels, dtype=np.uint8)


def _decode_quietly(data: bytes) -> NDArray[np.generic] | None:
    """`cv2.imdecode` without OpenCV's log lines: the caller reports the error, once.

    libpng writes its own line past every switch that OpenCV has.
    """
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        return cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    finally:
        cv2.utils.logging.setLogLevel(level)


def _as_pixels(decoded: NDArray[np.generic]) -> Pixels:
    if decoded.dtype not in (np.uint8, np.uint16):
        msg = f"pixels of type {decoded.dtype}: save the picture with 8 or 16 bits a channel"
        raise PictureError(msg)
    pixels: Pixels = cast("Pixels", decoded)
    if pixels.ndim == 2:  # noqa: PLR2004 - rows and columns: grey
        return pixels
    if pixels.shape[2] == _ALPHA_CHANNELS:
        if int(pixels[:, :, 3].min()) < np.iinfo(pixels.dtype).max:
            msg = "the picture has see-through pixels: save it without an alpha channel"
            raise PictureError(msg)
        pixels = cast("Pixels", np.ascontiguousarray(pixels[:, :, :_COLOUR_CHANNELS]))
    if pixels.shape[2] != _COLOUR_CHANNELS:
        msg = f"the picture has {pixels.shape[2]} channels: save it as grey or colour"
        raise PictureError(msg)
    return to_8_bit(pixels)
