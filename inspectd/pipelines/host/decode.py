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

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from inspectd.core.errors import PictureError

# Pillow's own guard raises at twice its number; ours is asked first, by `look`.
Image.MAX_IMAGE_PIXELS = None
ImageFile.LOAD_TRUNCATED_IMAGES = False

_FORMATS = ("JPEG", "PNG", "TIFF", "GIF", "BMP", "WEBP")
_LARGEST_SIDE_PX = 65_535
_16_TO_8_BITS = 257
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
            upright = ImageOps.exif_transpose(_reduced(picture, at_most_px))
            rgb = _as_rgb(upright)
        except _OURS:
            raise
        except Exception as error:  # noqa: BLE001 - see _IN_WORDS
            msg = f"it ends too soon or is damaged: {_told(error)}; take the original"
            raise PictureError(msg) from None
    pixels = np.asarray(rgb, dtype=np.uint8)
    if at_most_px is None or max(pixels.shape) <= at_most_px:
        return pixels
    height, width = (max(1, round(side * at_most_px / max(rgb.size))) for side in pixels.shape[:2])
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


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
    exif = picture.getexif()
    small = picture.reduce(factor)
    small.info["exif"] = exif.tobytes()
    return small


def _as_rgb(picture: Image.Image) -> Image.Image:
    if picture.mode == "RGB" and "transparency" not in picture.info:
        return picture
    if picture.mode.startswith("I") or picture.mode == "F":
        return _scaled(picture)
    if picture.mode in ("LA", "PA", "RGBA", "RGBa", "La") or "transparency" in picture.info:
        over = picture.convert("RGBA")
        white = Image.new("RGBA", over.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, over).convert("RGB")
    return picture.convert("RGB")


def _scaled(picture: Image.Image) -> Image.Image:
    """Grey of more than 8 bits: the full range of 16 bits, or of what is there beyond it."""
    values = np.asarray(picture, dtype=np.float64)
    if not np.isfinite(values).all():
        msg = "it holds values that are no numbers"
        raise PictureError(msg)
    if picture.mode != "F" and values.min() >= 0 and values.max() < 2**16:
        eight = np.rint(values / _16_TO_8_BITS)
    else:
        low, high = float(values.min()), float(values.max())
        eight = np.rint((values - low) * (255.0 / (high - low))) if high > low else values * 0.0
    grey = Image.fromarray(eight.astype(np.uint8))
    return Image.merge("RGB", (grey, grey, grey))


def _told(error: BaseException) -> str:
    words = str(error).strip().rstrip(".") if isinstance(error, _IN_WORDS) else ""
    return words or "what it says of itself makes no sense"
