"""Picture files that a command line names: files, and folders in the order of their names."""

import re
from collections.abc import Iterable
from pathlib import Path

from inspectd.core.errors import CalibrationError, ConfigurationError, PictureError
from inspectd.core.frame import Pixels
from inspectd.vision.decode import decode_picture
from inspectd.vision.headers import read_size

SUFFIXES = frozenset({".png", ".tif", ".tiff", ".bmp", ".jpg", ".jpeg"})
LOSSLESS_SUFFIXES = frozenset({".png", ".tif", ".tiff", ".bmp"})

# A calibration looks at a picture in several float copies: 100 megapixels take about 6 GB.
LARGEST_FILE_BYTES = 500_000_000
MOST_PIXELS = 100_000_000


def picture_files(paths: Iterable[Path]) -> list[Path]:
    """Every named file, and the pictures in every named folder; ConfigurationError for none.

    A folder's pictures come in the order of the numbers in their names: 9.png before 10.png.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = [file for file in _inside(path) if file.suffix.lower() in SUFFIXES]
            if not inside:
                msg = f"{path}: there is no picture in this folder (*.png, *.tif, *.bmp, *.jpg)"
                raise ConfigurationError(msg)
            files += sorted(inside, key=by_numbers)
        else:
            files.append(path)
    return files


def _inside(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError as error:
        msg = f"{folder}: cannot be read: {error.strerror}"
        raise ConfigurationError(msg) from None


def read_bytes(path: Path) -> bytes:
    """What is in the file; ConfigurationError says why it cannot be read."""
    try:
        if path.exists() and not path.is_file():
            msg = f"{path}: not a file, but a folder or a device: name a file"
            raise ConfigurationError(msg)
        if path.stat().st_size > LARGEST_FILE_BYTES:
            msg = (
                f"{path}: {path.stat().st_size / 1e6:,.0f} MB, at most "
                f"{LARGEST_FILE_BYTES // 1_000_000} MB are read: name another file"
            )
            raise ConfigurationError(msg)
        return path.read_bytes()
    except FileNotFoundError:
        msg = f"{path}: no such file"
        raise ConfigurationError(msg) from None
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror}"
        raise ConfigurationError(msg) from None


def read_picture(path: Path) -> Pixels:
    """The file's pixels as in `core.frame.Frame`.

    CalibrationError for a damaged picture, ConfigurationError for one that is too large.
    """
    data = read_bytes(path)
    try:
        if data:  # the decoder has a better word for an empty file
            _must_not_be_huge(path, *read_size(data))
        return decode_picture(data)
    except PictureError as error:
        msg = f"{path}: {error}; take it again"
        raise CalibrationError(msg) from None


def _must_not_be_huge(path: Path, width_px: int, height_px: int) -> None:
    """Refuse by its header what would take all memory once it is decoded."""
    if width_px * height_px > MOST_PIXELS:
        msg = (
            f"{path}: picture of {width_px} x {height_px} px: a calibration takes at most "
            f"{MOST_PIXELS // 1_000_000} megapixels; set a smaller area of interest, or binning"
        )
        raise ConfigurationError(msg)


def must_be_lossless(path: Path) -> None:
    """Refuse JPEG, which takes the noise and the fine grey levels out of a picture.

    A file that is not there is left to who reads it.
    """
    if path.exists() and path.suffix.lower() not in LOSSLESS_SUFFIXES:
        msg = f"{path}: JPEG changes noise and grey levels; save the camera's pictures as PNG"
        raise ConfigurationError(msg)


def by_numbers(path: Path) -> list[tuple[int, str]]:
    """Sort key: by the numbers in a name, 9 before 10."""
    return [(int(digits or 0), text) for digits, text in re.findall(r"(\d+)|(\D+)", path.name)]
