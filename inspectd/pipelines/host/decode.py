"""Bytes that anybody sent become pixels, or an error that names what is wrong with them.

Pillow decodes; what it would do silently is done here by rule: the EXIF orientation is applied,
CMYK and palettes become RGB, 16 bits are scaled and not cut off, transparency lies on white, and
of an animation the first picture counts. A picture that ends too soon is refused, never padded.
"""

import io
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, UnidentifiedImageError

from inspectd.core.errors import PictureError

# Pillow's own guard raises at twice its number; ours is asked first, by `look`.
Image.MAX_IMAGE_PIXELS = None
ImageFile.LOAD_TRUNCATED_IMAGES = False

_FORMATS = ("JPEG", "PNG", "TIFF", "GIF", "BMP", "WEBP")
_LARGEST_SIDE_PX = 65_535
_EIGHT_OF_16 = np.rint(np.arange(2**16) / 257).astype(np.uint8)
_ORIENTATION = 0x0112
# EXIF 2.3, tag Orientation.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# What Pillow's decoders say in words of their own; whatever else they raise of damaged bytes
# (KeyError, TypeError, struct.error: any at all, as byte flips show) tells a user nothing.
_IN_WORDS = (OSError, SyntaxError, EOFError, zlib.error)
# Modes whose means are colours again.
_MEANS = frozenset(("L", "RGB", "RGBA", "LA", "CMYK", "YCbCr"))
_OURS = (PictureError, MemoryError)


@dataclass(frozen=True, slots=True)
class Looks:
    """What a file's header says; `mode` is Pillow's, such as RGB, CMYK or I;16."""

    width_px: int
    height_px: int
    mode: str


def look(data: bytes, max_pixels: int) -> Looks:
    """Read the header alone. PictureError for no picture, and for one of too many pixels."""
    with _opened(data) as picture:
        width, height = picture.size
        if width * height > max_pixels or max(width, height) > _LARGEST_SIDE_PX:
            msg = (
                f"{width} x {height} pixels are more than the {max_pixels / 1e6:g} million that "
                "are allowed here; send a smaller copy, or raise inbox.max_megapixels"
            )
            raise PictureError(msg)
        return Looks(width, height, picture.mode)


def frames(data: bytes) -> int:
    """How many pictures the file holds: over 1 for an animation or several pages. PictureError."""
    with _opened(data) as picture:
        try:
            return int(getattr(picture, "n_frames", 1))
        except _OURS:
            raise
        except Exception as error:  # noqa: BLE001 - see _IN_WORDS
            msg = f"its later pictures are damaged: {_told(error)}; take the original"
            raise PictureError(msg) from None


def decode_rgb(data: bytes, max_pixels: int, *, at_most_px: int | None = None) -> NDArray[np.uint8]:
    """Upright pixels, (height, width, 3) uint8 in RGB order. PictureError.

    `at_most_px`: the longer side is brought down to it where it is longer, which for JPEG costs a
    fraction of the time (its decoder leaves out what is not needed).
    """
    look(data, max_pixels)
    with _opened(data) as picture:
        try:
            if at_most_px is not None:
                # The smallest that the decoder gives without falling below the size asked for.
                picture.draft("RGB", (at_most_px, at_most_px))
            picture.load()
            orientation = _orientation(picture)
            rgb = _reduced(_as_rgb(_reduced(picture, at_most_px), at_most_px), at_most_px)
            pixels = np.asarray(_upright(rgb, orientation), dtype=np.uint8)
        except _OURS:
            raise
        except Exception as error:  # noqa: BLE001 - see _IN_WORDS
            msg = f"it ends too soon or is damaged: {_told(error)}; take the original"
            raise PictureError(msg) from None
    return _small(pixels, at_most_px)


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    """The picture, its header read. What Pillow warns of is odd metadata: the pixels count."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            picture = Image.open(io.BytesIO(data), formats=_FORMATS)
        except UnidentifiedImageError:
            msg = "it is no picture of a kind that is read here (JPEG, PNG, TIFF, GIF, BMP, WebP)"
            raise PictureError(msg) from None
        except _OURS:
            raise
        except Exception as error:  # noqa: BLE001 - see _IN_WORDS
            msg = f"its header is damaged: {_told(error)}; take the original"
            raise PictureError(msg) from None
        with picture:
            yield picture


def _reduced(picture: Image.Image, at_most_px: int | None) -> Image.Image:
    """By whole means of pixels, before any copy of all of them is made: a third of the memory."""
    factor = max(picture.size) // (at_most_px or max(picture.size))
    if factor < 2 or picture.mode not in _MEANS:  # noqa: PLR2004 - nothing to do
        return picture
    small = picture.reduce(factor)
    small.info.update(picture.info)
    return small


def _upright(picture: Image.Image, orientation: int) -> Image.Image:
    turn = _TURNS.get(orientation)
    return picture if turn is None else picture.transpose(turn)


def _orientation(picture: Image.Image) -> int:
    """As EXIF says; as the pixels lie where it is damaged: they are what counts."""
    try:
        return int(picture.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - see _IN_WORDS
        return 1


def _as_rgb(picture: Image.Image, at_most_px: int | None) -> Image.Image:
    if picture.mode.startswith("I") or picture.mode == "F":
        return _scaled(picture, at_most_px)
    if picture.mode in ("LA", "PA", "RGBA", "RGBa", "La") or "transparency" in picture.info:
        over = picture.convert("RGBA")
        white = Image.new("RGBA", over.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, over).convert("RGB")
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _scaled(picture: Image.Image, at_most_px: int | None) -> Image.Image:
    """Grey of more than 8 bits: the full range of 16 bits, or of what is there beyond it."""
    values = np.asarray(picture)
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        msg = "it holds values that are no numbers"
        raise PictureError(msg)
    low, high = float(values.min()), float(values.max())
    values = _small(values, at_most_px)
    if picture.mode != "F" and low >= 0 and high < 2**16:
        eight = _EIGHT_OF_16[np.asarray(values, np.uint16)]
    else:
        gain = 255.0 / (high - low) if high > low else 0.0
        eight = np.rint((values - low) * gain).astype(np.uint8)
    grey = Image.fromarray(eight)
    return Image.merge("RGB", (grey, grey, grey))


def _small(values: NDArray[Any], at_most_px: int | None) -> NDArray[Any]:
    """An array whose longer side is brought down by area, where it is longer."""
    longest = max(values.shape[:2])
    if at_most_px is None or longest <= at_most_px:
        return values
    height, width = (max(1, round(side * at_most_px / longest)) for side in values.shape[:2])
    # OpenCV has no means of 32-bit integers.
    known = values if values.dtype in (np.uint8, np.uint16) else values.astype(np.float32)
    return np.asarray(cv2.resize(known, (width, height), interpolation=cv2.INTER_AREA))


def _told(error: BaseException) -> str:
    words = str(error).strip().rstrip(".") if isinstance(error, _IN_WORDS) else ""
    return words or "what it says of itself makes no sense"
