"""Faint lines: what no pixel shows, the sum along a line does.

A scratch that is hardly stronger than the surface's own texture stands out once it is summed along
its own direction, and compared with the sums of the same direction elsewhere: the grain of a
brushed surface is strong in one direction only, and hides lines of that direction only.
"""

from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.vision.background import SCALE, Plane
from inspectd.vision.kernels import lines as kernels
from inspectd.vision.robust import median_and_sigma
from inspectd.vision.spread import Spread, in_turn

# Sound surfaces reach 6.0, and 4.8 at some four places of 61 x 51 mm. What is let through is looked
# at closely: a lower threshold costs time, and no false alarm.
THRESHOLD = 4.8
_SLOPES = 33  # from -45 to 45 degrees; as many again across
_USUAL_HITS = 4_096
_MOST_THINNED = 768  # the clearest: a picture with more of them is crowded
_MOST_SEEDS = 96
_MEDIAN_PX = 5
_BAND_SIGMA_PX = 3.0
_NOISE_FLOOR = 0.5 / 255
_SMOOTH_SIGMA_PX = 0.7
_LIMIT_SIGMA = 4.0  # one bright spot, or one line crossed, makes no line
_UNIT = kernels.LEVELS / _LIMIT_SIGMA
_SAMPLES = 512  # of each direction
_PLACES = 9  # along a line
_OVERLAP = 1.0 / 3.0  # of a line, on or beside a clearer one: it is the same
_TAKEN_PX = 5
# What is not wider than a line is found by a difference that rings: beside a line it is weaker,
# and of the opposite sign of any strength.
_HALO_PX, _HALO_SHARE = 19, 0.55
_RIM_PX = 8

Sums = NDArray[np.int16]
# (n, 5) float64: score, x0, y0, x1, y1 in pixels of a quarter of the resolution.
Hits = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Seeds:
    """Straight pieces of lines, the clearest first.

    `ends_px`: (n, 2, 2) float64, both ends (column, row) in pixels of the picture; `score`: (n,)
    float64, standard deviations, negative where darker than the surface.
    """

    ends_px: NDArray[np.float64]
    score: NDArray[np.float64]


NO_SEEDS = Seeds(np.empty((0, 2, 2)), np.empty(0))


def line_seeds(
    quarter: Plane,
    threshold: float = THRESHOLD,
    inside: NDArray[np.uint8] | None = None,
    spread: Spread = in_turn,
) -> Seeds:
    """Straight pieces of lines in a picture, `WorkingPicture.quarter`; each at most once.

    `threshold` in standard deviations. `inside`: (rows, columns) uint8, 1 where the picture has a
    surface to tell its noise by, elsewhere it must be flat; None: everywhere.
    """
    if min(quarter.shape) < 2 * kernels.STEP:
        return NO_SEEDS
    band = _band(quarter, inside)
    hits = np.vstack(spread([partial(_lying, band, threshold), partial(_upright, band, threshold)]))
    hits = hits[np.argsort(-np.abs(hits[:, 0]), kind="stable")][:_MOST_THINNED]
    return _thinned(hits, band.shape)


def drawn(seeds: Seeds, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """(rows, columns) uint8 at a quarter of the resolution, 1 along every seed."""
    mask = np.zeros(shape, np.uint8)
    for ends in seeds.ends_px:
        (x0, y0), (x1, y1) = np.rint((ends - (SCALE - 1) / 2) / SCALE).astype(int).tolist()
        cv2.line(mask, (x0, y0), (x1, y1), 1, 2)
    return mask


def clear_of(seeds: Seeds, wide: NDArray[np.uint8]) -> Seeds:
    """The seeds without those on or beside something wide, whose rim is no line.

    `wide`: (rows // 4, columns // 4) uint8, 1 where it is.
    """
    if not wide.any() or not len(seeds.score):
        return seeds
    near = cv2.dilate(wide, np.ones((2 * _RIM_PX + 1,) * 2, np.uint8))
    share = np.linspace(0.0, 1.0, _PLACES)[:, None, None]
    on = (1 - share) * seeds.ends_px[:, 0] + share * seeds.ends_px[:, 1]
    column, row = np.rint(on / SCALE).astype(int).transpose(2, 0, 1)
    covered = near[row.clip(0, near.shape[0] - 1), column.clip(0, near.shape[1] - 1)].mean(axis=0)
    kept = covered <= _OVERLAP
    return Seeds(seeds.ends_px[kept], seeds.score[kept])


def _band(quarter: Plane, inside: NDArray[np.uint8] | None) -> Sums:
    """Lightness without what is wider than a line, int16, `_UNIT` a standard deviation.

    The median takes lines out of the background, which would ring beside them.
    """
    wide = cv2.GaussianBlur(cv2.medianBlur(quarter, _MEDIAN_PX), (0, 0), _BAND_SIGMA_PX)
    narrow = cv2.GaussianBlur(cv2.subtract(quarter, wide), (0, 0), _SMOOTH_SIGMA_PX)
    band = np.asarray(narrow, dtype=np.float32)
    sample = band[::3, ::3]
    if inside is not None and inside.any():
        sample = band[inside > 0][::9]
    sigma = max(median_and_sigma(sample)[1], _NOISE_FLOOR)
    band *= np.float32(_UNIT / sigma)
    return np.rint(np.clip(band, -kernels.LEVELS, kernels.LEVELS, out=band)).astype(np.int16)


def _lying(band: Sums, threshold: float) -> Hits:
    """Lines nearer to the rows."""
    return _hits(np.ascontiguousarray(band.T), threshold)


def _upright(band: Sums, threshold: float) -> Hits:
    """Lines nearer to the columns."""
    return _hits(band, threshold)[:, [0, 2, 1, 4, 3]]


def _hits(turned: Sums, threshold: float) -> Hits:
    """Lines in a picture whose columns are given as rows, nearer to its rows."""
    step = kernels.STEP
    padded = np.zeros((turned.shape[0], turned.shape[1] + 2 * step), np.int16)
    padded[:, step:-step] = turned
    slopes = np.linspace(-1.0, 1.0, _SLOPES)
    place = np.arange(step) - (step - 1) / 2
    starts = np.rint(slopes[:, None] * place).astype(np.int64) + step
    shifts = np.rint(slopes[:, None] * step * np.array([1, 2])).astype(np.int64)
    settings = (starts, shifts, threshold, _UNIT, _SAMPLES)
    found = np.empty((_USUAL_HITS, 5), np.float32)
    count = kernels.stand_out(padded, *settings, found)
    if count > len(found):
        found = np.empty((count, 5), np.float32)
        kernels.stand_out(padded, *settings, found)
    score, length, block, slope, row = found[:count].astype(np.float64).T
    rise = slopes[slope.astype(np.intp)]
    x0 = block * step
    y0 = row - rise * (step - 1) / 2
    return np.column_stack((score, x0, y0, x0 + length - 1, y0 + rise * (length - 1)))


def _thinned(hits: Hits, shape: tuple[int, int]) -> Seeds:
    """The clearest hits, none of which lies mostly on a clearer one or in the halo of one."""
    taken = np.zeros(shape, np.uint8)
    halos = np.zeros((2, *shape), np.float32)  # of darker, of brighter ones
    ends = np.rint(hits[:, 1:]).astype(int).reshape(-1, 2, 2)
    share = np.linspace(0.0, 1.0, _PLACES)[:, None]
    on = np.rint(ends[:, :1] + share * (ends[:, 1:] - ends[:, :1])).astype(int)
    on = on.clip(0, np.array(shape[::-1]) - 1)
    score = np.ascontiguousarray(hits[:, 0])
    kept: list[int] = []
    at = -1
    while len(kept) < _MOST_SEEDS:
        at = kernels.next_clear(taken, halos, on, score, at + 1, int(_OVERLAP * _PLACES))
        if at == len(hits):
            break
        kept.append(at)
        cv2.line(taken, ends[at, 0].tolist(), ends[at, 1].tolist(), 1, _TAKEN_PX)
        _ring(halos, ends[at], float(score[at]))
    if not kept:
        return NO_SEEDS
    ends_px = SCALE * hits[kept, 1:].reshape(-1, 2, 2) + (SCALE - 1) / 2
    return Seeds(ends_px, score[kept])


def _ring(halos: NDArray[np.float32], ends: NDArray[np.int_], score: float) -> None:
    """Up to which score a line of either sign beside this one is its ringing."""
    first = np.maximum(ends.min(axis=0) - _HALO_PX, 0)
    last = ends.max(axis=0) + _HALO_PX
    box = halos[:, first[1] : last[1], first[0] : last[0]]
    around = np.zeros(box.shape[1:], np.uint8)
    cv2.line(around, (ends[0] - first).tolist(), (ends[1] - first).tolist(), 1, _HALO_PX)
    own, opposite = (1, 0) if score > 0 else (0, 1)
    for sign, height in ((own, _HALO_SHARE * abs(score)), (opposite, abs(score))):
        np.maximum(box[sign], around * np.float32(height), out=box[sign])
