"""Picture files that a command line names: files, and folders in the order of their names."""

import re
from collections.abc import Iterable
from pathlib import Path

from inspectd.core.errors import CalibrationError, ConfigurationError, PictureError
from inspectd.core.frame import Pixels
from inspectd.vision.decode import decode_picture

SUFFIXES = frozenset({".png", ".tif", ".tiff", ".bmp", ".jpg", ".jpeg"})
LOSSLESS_SUFFIXES = frozenset({".png", ".tif", ".tiff", ".bmp"})


def picture_files(paths: Iterable[Path]) -> list[Path]:
    """Every named file, and the pictures in every named folder; ConfigurationError for none.

    A folder's pictures come in the order of the numbers in their names: 9.png before 10.png.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = [file for file in path.iterdir() if file.suffix.lower() in SUFFIXES]
            if not inside:
                msg = f"{path}: there is no picture in this folder (*.png, *.tif, *.bmp, *.jpg)"
                raise ConfigurationError(msg)
            files += sorted(inside, key=by_numbers)
        else:
            files.append(path)
    return files


def read_bytes(path: Path) -> bytes:
    """What is in the file; ConfigurationError says why it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        msg = f"{path}: no such file"
        raise ConfigurationError(msg) from None
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror}"
        raise ConfigurationError(msg) from None


def read_picture(path: Path) -> Pixels:
    """The file's pixels as in `core.frame.Frame`; CalibrationError for a damaged picture."""
    try:
        return decode_picture(read_bytes(path))
    except PictureError as error:
        msg = f"{path}: {error}; take it again"
        raise CalibrationError(msg) from None


def must_be_lossless(path: Path) -> None:
    """Refuse JPEG, which takes the noise and the fine grey levels out of a picture."""
    if path.suffix.lower() not in LOSSLESS_SUFFIXES:
        msg = f"{path}: JPEG changes noise and grey levels; save the camera's pictures as PNG"
        raise ConfigurationError(msg)


def by_numbers(path: Path) -> list[tuple[int, str]]:
    """Sort key: by the numbers in a name, 9 before 10."""
    return [(int(digits or 0), text) for digits, text in re.findall(r"(\d+)|(\D+)", path.name)]
