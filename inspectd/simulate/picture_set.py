"""Folders of pictures for pylon's camera emulator, and the truth about them.

What the emulator does with a folder (measured with pylon 26.9's `PYLON_CAMEMU`): it shows every
entry in name order, round and round, and an entry that is no picture, be it a text file or a
folder, is one failed grab. So pictures have a folder of their own.
A picture larger than the AOI is cut without a word; a smaller one arrives in its own size. So the
AOI is the largest picture's size and nothing is padded, cropped or resampled: invented pixels
would be judged, too. Pictures are BMP files: at 2448 x 2048 the emulator needs 13 ms for one
(10 ms are its frame period) and 45 ms for a PNG, and the pixels are the same.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2

from inspectd.core.camera import PixelFormat
from inspectd.core.errors import ConfigurationError
from inspectd.core.frame import Pixels
from inspectd.simulate.defects import TrueDefect

_PICTURES = "pictures"


@dataclass(frozen=True, slots=True)
class PartTruth:
    """One part: `label` is `good`, the kind of defect, or None where nobody knows.

    `defects` and `mm_per_px` are known of rendered parts only; `source` is the file that a
    foreign picture comes from.
    """

    label: str | None
    source: str = ""
    mm_per_px: float | None = None
    defects: tuple[TrueDefect, ...] = ()


@dataclass(frozen=True, slots=True)
class PictureSet:
    """What an emulated camera needs to show a folder, and what is true of it.

    `folder` holds the pictures and nothing else, all shots of a part after one another, parts in
    order; the emulator starts again after the last. `width_px` and `height_px` are the AOI to
    set. `skipped` names every file that could not be used, and why.
    """

    folder: Path
    width_px: int
    height_px: int
    pixel_format: PixelFormat
    shots: tuple[str, ...]
    parts: tuple[PartTruth, ...]
    skipped: tuple[str, ...] = ()


def emptied(folder: Path) -> Path:
    """The place for the pictures below `folder`, with an earlier set's pictures removed.

    Raises ConfigurationError where it cannot be written, or holds what is not ours.
    """
    target = folder.resolve() / _PICTURES
    try:
        target.mkdir(parents=True, exist_ok=True)
        for old in target.glob("part_*.bmp"):
            old.unlink()
        foreign = next(target.iterdir(), None)
    except OSError as error:
        msg = f"cannot write pictures to {folder}: {error.strerror}; choose another folder"
        raise ConfigurationError(msg) from error
    if foreign is not None:
        msg = f"{foreign} is none of our pictures: move it away, or choose another folder"
        raise ConfigurationError(msg)
    return target


def picture_name(part: int, shot: int, shot_name: str) -> str:
    """Sorts by part, then by shot, for up to a million parts; `part` and `shot` count from 0.

    People count from 1.
    """
    return f"part_{part + 1:06d}_{shot + 1:02d}_{shot_name}.bmp"


def write_picture(path: Path, pixels: Pixels) -> None:
    """Write (rows, columns[, B G R]) uint8 pixels; ConfigurationError where the disk refuses."""
    _, encoded = cv2.imencode(".bmp", pixels)
    try:
        path.write_bytes(encoded.tobytes())
    except OSError as error:
        msg = f"cannot write {path}: {error.strerror}; free some space or choose another folder"
        raise ConfigurationError(msg) from error
