"""Anybody's pictures as parts: decoded, labelled where their folders tell, and counted."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from inspectd.core.errors import ConfigurationError, PictureError
from inspectd.core.frame import Pixels
from inspectd.simulate.defects import GOOD
from inspectd.simulate.picture_set import (
    PartTruth,
    PictureSet,
    emptied,
    picture_name,
    write_picture,
)
from inspectd.vision.decode import decode_picture, to_8_bit

# The emulator's largest AOI.
MAX_SIDE_PX = 4096

_SHOT = "main"
_COLOUR_NDIM = 3

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
    shapes: list[tuple[int, ...]] = []
    skipped: list[str] = []
    for path, pixels in islice(_usable_pictures(source, skipped), limit):
        write_picture(target / picture_name(len(parts), 0, _SHOT), pixels)
        parts.append(PartTruth(_label_of(path), str(path)))
        shapes.append(pixels.shape)
        on_part()
    if not parts:
        why = f" ({skipped[0]})" if skipped else ""
        msg = f"no usable picture in {source}: give a folder of bmp, jpg, png or tiff files{why}"
        raise ConfigurationError(msg)
    return PictureSet(
        folder=target,
        width_px=max(shape[1] for shape in shapes),
        height_px=max(shape[0] for shape in shapes),
        pixel_format="BGR8" if any(len(shape) == _COLOUR_NDIM for shape in shapes) else "Mono8",
        shots=(_SHOT,),
        parts=tuple(parts),
        skipped=tuple(skipped),
    )


def _usable_pictures(source: Path, skipped: list[str]) -> Iterator[tuple[Path, Pixels]]:
    """Every 8-bit picture at or below `source`, sorted; what is none is added to `skipped`.

    Masks of the MVTec layout are no pictures of parts and left out.
    """
    if not source.is_dir():
        msg = f"{source} is not a folder: give a folder of pictures"
        raise ConfigurationError(msg)
    root = source.resolve()
    for path in sorted(root.rglob("*")):
        if path.is_file() and _MASKS not in path.relative_to(root).parts:
            try:
                yield path, _decoded(path)
            except PictureError as error:
                skipped.append(f"{path.relative_to(root)}: {error}")


def _decoded(path: Path) -> Pixels:
    """The picture with 8 bits, full scale staying full scale."""
    if path.suffix.lower() not in _SUFFIXES:
        msg = "not a bmp, jpg, png or tiff file"
        raise PictureError(msg)
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
    return to_8_bit(pixels)


def _label_of(path: Path) -> str | None:
    """The class that the MVTec layout's folder name gives, `good` by any layout."""
    holder = path.parent
    if holder.name == GOOD or holder.parent.name in _CLASSES_BELOW:
        return holder.name
    return None
