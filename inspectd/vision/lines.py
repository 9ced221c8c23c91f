"""Faint lines: what no pixel shows, the sum along a line does.

A scratch that is hardly stronger than the surface's own texture stands out once it is summed along
its own direction, and compared with the sums of the same direction elsewhere: the grain of a
brushed surface is strong in one direction only, and hides lines of that direction only.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.vision.background import SCALE, Plane
from inspectd.vision.kernels import lines as kernels
from inspectd.vision.robust import median_and_sigma

# Sound surfaces reach 6.0, and 4.8 at some four places of 61 x 51 mm. What is let through is looked
# at closely: a lower threshold costs time, and no false alarm.
THRESHOLD = 4.8
_SLOPES = 33  # from -45 to 45 degrees; as many again across
_DOUBLINGS = 2  # lines of 8, 16 and 32 pixels
_MOST_HITS = 4_096
_MOST_THINNED = 768  # the clearest: a picture with more of them is crowded
_MOST_SEEDS = 96
_MEDIAN_PX = 5
_BAND_SIGMA_PX = 3.0
_NOISE_FLOOR = 0.5 / 255
_SMOOTH_SIGMA_PX = 0.7
_LIMIT_SIGMA = 4.0  # one bright spot, or one line crossed, makes no line
_SAMPLES = 512  # of each direction
_OVERLAP = 1.0 / 3.0  # of a line, on or beside a clearer one: it is the same
_TAKEN_PX = 5
# What is not wider than a line is found by a difference that rings: beside a line it is weaker,
# and of the opposite sign of any strength.
_HALO_PX, _HALO_SHARE = 19, 0.55
_RIM_PX = 8


@dataclass(frozen=True, slots=True, eq=False)
class Seeds:
    """Straight pieces of lines, the clearest first.

    `ends_px`: (n, 2, 2) float64, both ends (column, row) in pixels of the picture; `score`: (n,)
    float64, standard deviations, negative where darker than the surface.
    """

    ends_px: NDArray[np.float64]
    score: NDArray[np.float64]


NO_SEEDS = Seeds(np.empty((0, 2, 2)), np.empty(0))


def line_seeds(half: Plane) -> Seeds:
    """Straight pieces of lines in a picture, `WorkingPicture.half`; each at most once."""
    rows, columns = half.shape[0] // 2, half.shape[1] // 2
    if min(rows, columns) < 2 * kernels.STEP:
        return NO_SEEDS
    band = _band(half[: 2 * rows, : 2 * columns], (columns, rows))
    lying = _hits(band)
    upright = _hits(np.ascontiguousarray(band.T))
    upright = np.column_stack((upright[:, 0], upright[:, [2, 1, 4, 3]]))
    hits = np.vstack((lying, upright))
    hits = hits[np.argsort(-np.abs(hits[:, 0]), kind="stable")][:_MOST_THINNED]
    return _thinned(hits, (rows, columns))


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
    share = np.linspace(0.0, 1.0, 9)[:, None, None]
    on = (1 - share) * seeds.ends_px[:, 0] + share * seeds.ends_px[:, 1]
    column, row = np.rint(on / SCALE).astype(int).transpose(2, 0, 1)
    covered = near[row.clip(0, near.shape[0] - 1), column.clip(0, near.shape[1] - 1)].mean(axis=0)
    kept = covered <= _OVERLAP
    return Seeds(seeds.ends_px[kept], seeds.score[kept])


def _band(half: Plane, size: tuple[int, int]) -> Plane:
    """Quarter-resolution lightness without what is wider than a line, in standard deviations.

    The median takes lines out of the background, which would ring beside them.
    """
    quarter = np.asarray(cv2.resize(half, size, interpolation=cv2.INTER_AREA), dtype=np.float32)
    wide = cv2.GaussianBlur(cv2.medianBlur(quarter, _MEDIAN_PX), (0, 0), _BAND_SIGMA_PX)
    narrow = cv2.GaussianBlur(quarter - wide, (0, 0), _SMOOTH_SIGMA_PX)
    band = np.asarray(narrow, dtype=np.float32)
    sigma = max(median_and_sigma(band[::3, ::3])[1], _NOISE_FLOOR)
    return np.asarray(np.clip(band / np.float32(sigma), -_LIMIT_SIGMA, _LIMIT_SIGMA), np.float32)


def _hits(band: Plane) -> NDArray[np.float64]:
    """(n, 5) score, x0, y0, x1, y1 in pixels of `band`, of lines nearer to its rows."""
    rows, columns = band.shape
    step = kernels.STEP
    pad = step
    turned = np.zeros((columns, rows + 2 * pad), np.float32)
    turned[:, pad:-pad] = band.T
    slopes = np.linspace(-1.0, 1.0, _SLOPES)
    place = np.arange(step) - (step - 1) / 2
    starts = np.rint(slopes[:, None] * place).astype(np.int64) + pad
    sums = np.empty((columns // step, _SLOPES, rows), np.float32)
    kernels.shortest(turned, starts, sums)
    found = [_scored(sums, sums, slopes, step)]
    for doubling in range(_DOUBLINGS):
        apart = 2**doubling
        if len(sums) <= apart:
            break
        longer = np.empty((len(sums) - apart, *sums.shape[1:]), np.float32)
        shifts = np.rint(slopes * step * apart).astype(np.int64)
        kernels.joined(sums, shifts, apart, longer)
        found.append(_scored(longer, sums, slopes, 2 * apart * step))
        sums = longer
    return np.vstack(found)


def _scored(
    sums: NDArray[np.float32],
    halves: NDArray[np.float32],
    slopes: NDArray[np.float64],
    length: int,
) -> NDArray[np.float64]:
    step = max(1, sums[:, 0].size // _SAMPLES) | 1
    sample = sums[:, :, ::step].transpose(1, 0, 2).reshape(len(slopes), -1)
    middle = np.median(sample, axis=1)
    scale = 1.4826 * np.median(np.abs(sample - middle[:, None]), axis=1)
    # A perfectly flat picture has no scale of its own: that of independent pixels.
    scale = np.maximum(scale, math.sqrt(length)).astype(np.float32)
    buffer = np.empty((_MOST_HITS, 4), np.float32)
    apart = length // kernels.STEP // 2
    count = kernels.outstanding(
        sums, halves, apart, middle.astype(np.float32), scale, THRESHOLD, buffer
    )
    score, block, slope, row = buffer[: min(count, _MOST_HITS)].astype(np.float64).T
    rise = slopes[slope.astype(np.intp)]
    x0 = block * kernels.STEP
    y0 = row - rise * (kernels.STEP - 1) / 2
    return np.column_stack((score, x0, y0, x0 + length - 1, y0 + rise * (length - 1)))


def _thinned(hits: NDArray[np.float64], shape: tuple[int, int]) -> Seeds:
    """The clearest hits, none of which lies mostly on a clearer one or in the halo of one."""
    taken = np.zeros(shape, np.uint8)
    halos = {sign: np.zeros(shape, np.float32) for sign in (-1.0, 1.0)}
    kept = []
    for hit in hits:
        ends = np.rint(hit[1:]).astype(int).reshape(2, 2)
        share = np.linspace(0.0, 1.0, 9)[:, None]
        on = np.rint(ends[0] + share * (ends[1] - ends[0])).astype(int)
        on = on.clip(0, np.array(shape[::-1]) - 1)
        if taken[on[:, 1], on[:, 0]].mean() > _OVERLAP:
            continue
        halo = halos[float(np.sign(hit[0]))]
        if (halo[on[:, 1], on[:, 0]] > abs(hit[0])).mean() > _OVERLAP:
            continue
        cv2.line(taken, ends[0].tolist(), ends[1].tolist(), 1, _TAKEN_PX)
        around = np.zeros_like(taken)
        cv2.line(around, ends[0].tolist(), ends[1].tolist(), 1, _HALO_PX)
        np.maximum(halo, around * np.float32(_HALO_SHARE * abs(hit[0])), out=halo)
        opposite = halos[-float(np.sign(hit[0]))]
        np.maximum(opposite, around * np.float32(abs(hit[0])), out=opposite)
        kept.append(hit)
        if len(kept) == _MOST_SEEDS:
            break
    if not kept:
        return NO_SEEDS
    best = np.array(kept)
    ends_px = SCALE * best[:, 1:].reshape(-1, 2, 2) + (SCALE - 1) / 2
    return Seeds(ends_px, best[:, 0])
