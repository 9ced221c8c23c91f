"""Anybody's pictures as parts: decoded, labelled where their folders tell, and counted."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import cv2
import numpy as np

from inspectd.core.camera import PixelFormat
from inspectd.core.errors import ConfigurationError, PictureError
from inspectd.core.frame import Pixels
from inspectd.simulate.defects import GOOD
from inspectd.simulate.picture_set import (
    PartTruth,
    PictureSet,
    emptied,
    picture_name,
    saved,
    write_picture,
)
from inspectd.vision.decode import decode_picture

# The emulator's largest AOI.
MAX_SIDE_PX = 4096

_SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff"})
# Folders of the MVTec layout (Bergmann et al., "MVTec AD", CVPR 2019): test/<class>/, train/good/
# and ground_truth/<class>/, whose files are masks and not pictures of parts.
_MASKS = "ground_truth"
_CLASSES_BELOW = frozenset({"test", "train"})


def collect_pictures(
    source: Path, folder: Path, limit: int | None, on_part: Callable[[], None]
) -> PictureSet:
    """Copy the first `limit` (None: all) pictures below `source` as one-shot parts into `folder`.

    Each keeps its own size; 16-bit ones are reduced to 8 bits. The camera is BGR8 as soon as one
    picture has colour. Raises ConfigurationError where there is no usable picture.
    """
    target = emptied(folder)
    parts: list[PartTruth] = []
    skipped: list[str] = []
    width_px = height_px = 0
    pixel_format: PixelFormat = "Mono8"
    for path in _picture_files(source):
        if len(parts) == limit:
            break
        try:
            pixels = _eight_bit(_decoded(path))
        except PictureError as error:
            skipped.append(f"{path.name}: {error}")
            continue
        write_picture(target / picture_name(len(parts), 0, "main"), pixels)
        parts.append(PartTruth(_label_of(path), str(path)))
        height_px, width_px = max(height_px, pixels.shape[0]), max(width_px, pixels.shape[1])
        if pixels.ndim > 2:  # noqa: PLR2004 - rows and columns: grey
            pixel_format = "BGR8"
        on_part()
    if not parts:
        why = f"; {skipped[0]}" if skipped else ""
        msg = f"no usable picture in {source}: give a folder with bmp, jpg, png or tiff files{why}"
        raise ConfigurationError(msg)
    return saved(
        folder,
        PictureSet(
            target, width_px, height_px, pixel_format, ("main",), tuple(parts), tuple(skipped)
        ),
    )


def _picture_files(source: Path) -> Iterator[Path]:
    """Pictures at or below `source`, sorted; masks of the MVTec layout left out."""
    if not source.is_dir():
        msg = f"{source} is not a folder: give a folder of pictures"
        raise ConfigurationError(msg)
    root = source.resolve()
    for path in sorted(root.rglob("*")):
        is_mask = _MASKS in path.relative_to(root).parts
        if path.suffix.lower() in _SUFFIXES and path.is_file() and not is_mask:
            yield path


def _label_of(path: Path) -> str | None:
    """The class that the MVTec layout's folder name gives, `good` by any layout."""
    holder = path.parent
    if holder.name == GOOD or holder.parent.name in _CLASSES_BELOW:
        return holder.name
    return None


def _decoded(path: Path) -> Pixels:
    try:
        pixels = decode_picture(path.read_bytes())
    except OSError as error:
        msg = f"cannot be read: {error.strerror}"
        raise PictureError(msg) from error
    if max(pixels.shape[:2]) > MAX_SIDE_PX:
        msg = (
            f"{pixels.shape[1]} x {pixels.shape[0]} px is more than the emulated camera shows, "
            f"{MAX_SIDE_PX} x {MAX_SIDE_PX}: crop or scale it"
        )
        raise PictureError(msg)
    return pixels


def _eight_bit(pixels: Pixels) -> Pixels:
    """Full scale stays full scale."""
    if pixels.dtype == np.uint8:
        return pixels
    return cast("Pixels", cv2.convertScaleAbs(pixels, alpha=255.0 / 65_535.0))
