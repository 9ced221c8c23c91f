"""Whether the part's holes are where they were taught: a closed one is no stain, but another part.

What lies in a hole is not judged for defects, since it is not the part. So it is asked whether the
hole is there at all.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.reference import ShotReference
from inspectd.vision.background import Plane
from inspectd.vision.register import Registered

_SMALLEST_PX = 4  # of quarter resolution, without its rim
_UNLIKE = 0.5  # of the contrast between part and hole


@dataclass(frozen=True, slots=True, eq=False)
class _Holes:
    """`labels`: (rows, columns) int32, 0 on the part, i + 1 in hole i; `taught`: (n,) lightness."""

    labels: NDArray[np.int32]
    taught: NDArray[np.float64]


def holes_unlike(plane: Plane, taught: ShotReference, registered: Registered, gain: float) -> int:
    """How many of the taught holes look more like the part, or as unlike the taught hole.

    `plane`: (rows, columns) lightness at a quarter of the resolution; `gain`: of its light.
    """
    holes = _holes(taught)
    if not len(holes.taught):
        return 0
    back = cv2.warpAffine(
        plane,
        registered.motion,
        (plane.shape[1], plane.shape[0]),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    seen = _means(np.asarray(back, dtype=np.float32), holes.labels) / gain
    contrast = np.abs(holes.taught - taught.head.level)
    return int(np.count_nonzero(np.abs(seen - holes.taught) > _UNLIKE * contrast))


@lru_cache(maxsize=16)
def _holes(taught: ShotReference) -> _Holes:
    count, labels, statistics, _ = cv2.connectedComponentsWithStats(
        cv2.erode(1 - taught.mask, np.ones((3, 3), np.uint8)), connectivity=4
    )
    rows, columns = labels.shape
    kept = np.zeros(count, np.int32)
    number = 0
    for index in range(1, count):
        left, top, width, height, area = (int(value) for value in statistics[index])
        inside = left > 0 and top > 0 and left + width < columns and top + height < rows
        if inside and area >= _SMALLEST_PX:
            number += 1
            kept[index] = number
    numbered = kept[labels]
    return _Holes(numbered, _means(taught.lightness[0], numbered))


def _means(plane: Plane, labels: NDArray[np.int32]) -> NDArray[np.float64]:
    inside = labels > 0
    sums = np.bincount(labels[inside], plane[inside])
    counts = np.bincount(labels[inside])
    return np.asarray(sums[1:] / np.maximum(counts[1:], 1), dtype=np.float64)
