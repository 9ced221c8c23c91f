"""Where to look closely: windows around everything that is unlike the rest of the picture."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.recipe import Vision
from inspectd.vision.background import SCALE, Departure, Plane, Planes
from inspectd.vision.lines import NO_SEEDS, Seeds, clear_of, drawn
from inspectd.vision.robust import median_and_sigma

Mask = NDArray[np.uint8]

# In robust standard deviations. Mottle and brush marks have longer tails than normal noise.
DEPARTURE_THRESHOLD = 7.0
_GROWN_THRESHOLD = 4.0
# Below this share of full scale a difference is not visible to a trained inspector either.
_SMALLEST_CONTRAST = 0.012
_STAIN_DARKENS = 0.6
# A rough surface hides in each pixel what the mean of so many, both ways, shows.
_COARSE = 8
_FEWEST_COARSE = 6
_RIM_COARSE_PX = 3
_LEAST_SHARE = 0.4  # of a pixel's noise is left in such a mean
# Gaps of up to twice this many quarter-resolution pixels are bridged: a scratch that fades, the
# dark and the bright side of a dent.
_BRIDGE_PX = 3
_OWN = cv2.CC_STAT_AREA
_WIDE_PX = 7  # wider than any line
_KNOWN_SHARE = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Everything unusual in one picture.

    `labels`: (rows // 4, columns // 4) int32, 0 where nothing is, i + 1 in candidate i; `boxes`:
    (n, 4) int32 rows of left, top, width, height in the same pixels. `seeds`: straight pieces of
    lines. The candidates from number `faint_from` on stand out as lines only, and not pixel by
    pixel.
    """

    labels: NDArray[np.int32]
    boxes: NDArray[np.int32]
    seeds: Seeds
    faint_from: int

    def within(self, index: int) -> tuple[tuple[slice, slice], NDArray[np.bool_]]:
        """The rows and columns of one candidate's box, and which of it is the candidate."""
        left, top, width, height = self.boxes[index].tolist()
        box = slice(top, top + height), slice(left, left + width)
        return box, self.labels[box] == index + 1


def clearly(away: Departure) -> NDArray[np.float32]:
    """(channels,) from which difference on something stands out of the surface."""
    clear = np.maximum(DEPARTURE_THRESHOLD * away.noise, _SMALLEST_CONTRAST)
    return np.asarray(clear, dtype=np.float32)


def _grown(away: Departure) -> Mask:
    """What departs clearly, together with all around it that departs at all (hysteresis)."""
    grown = _beyond(away.difference, away.noise)
    rows, columns = grown.shape
    size = (columns // _COARSE, rows // _COARSE)
    if min(size) < _FEWEST_COARSE:
        return grown
    # What is known already, with its blurred rim, says nothing about what is not.
    known = cv2.dilate(grown, np.ones((2 * _RIM_COARSE_PX + 1,) * 2, np.uint8)) > 0
    coarse = np.stack([_means(np.where(known, 0, plane), size) for plane in away.difference])
    wide = _beyond(coarse, _coarse_noise(away, coarse))
    if wide.any():
        full = cv2.resize(wide, (columns, rows), interpolation=cv2.INTER_NEAREST)
        np.maximum(grown, np.asarray(full, np.uint8), out=grown)
    return grown


def _means(plane: Plane, size: tuple[int, int]) -> Plane:
    whole = plane[: size[1] * _COARSE, : size[0] * _COARSE]
    return np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA), np.float32)


def _coarse_noise(away: Departure, coarse: Planes) -> NDArray[np.float32]:
    """(channels,) noise of the means, and as much more of it as `away.noise` is of its own."""
    noise = []
    for plane, mean, stated in zip(away.difference, coarse, away.noise, strict=True):
        some = plane[::_COARSE, ::_COARSE]
        # What of a picture is not judged departs by nothing.
        own, scatter = (median_and_sigma(v[v != 0.0])[1] if v.any() else 0.0 for v in (some, mean))
        more = max(1.0, float(stated) / max(own, 1e-6))
        noise.append(max(scatter * more, _LEAST_SHARE * float(stated)))
    return np.array(noise, np.float32)


def _beyond(difference: Planes, noise: NDArray[np.float32]) -> Mask:
    """(rows, columns) 1 where any channel departs clearly, or beside it, slightly."""
    strength = np.abs(difference)
    clear = np.maximum(DEPARTURE_THRESHOLD * noise, _SMALLEST_CONTRAST)
    if not (strength.max(axis=(1, 2)) > clear).any():
        return np.zeros(strength.shape[1:], np.uint8)
    slight = np.maximum(_GROWN_THRESHOLD * noise, _SMALLEST_CONTRAST)
    seeds = np.asarray((strength > clear[:, None, None]).any(axis=0))
    around = (strength > slight[:, None, None]).any(axis=0).astype(np.uint8)
    box = _box(around)
    count, labels = cv2.connectedComponents(around[box], connectivity=8)
    kept = np.zeros(count, np.uint8)
    kept[labels[seeds[box]]] = 1
    around[box] = kept[labels]
    return np.asarray(around, dtype=np.uint8)


def hides_stains(away: Departure) -> bool:
    """Whether the surface itself varies so much that a stain would not stand out.

    The darkest stain there is takes all of the light; one that takes `_STAIN_DARKENS` of it must
    be beyond the threshold.
    """
    visible = DEPARTURE_THRESHOLD * float(away.noise[0])
    return visible > _STAIN_DARKENS * float(away.background[0].mean())


def candidates(
    unusual: NDArray[np.float32], away: Departure, vision: Vision, faint: Seeds = NO_SEEDS
) -> Candidates:
    """Join what the texture filter and the background comparison point at.

    `unusual`: (rows // 4, columns // 4) float32, `texture.anomaly`. `faint`: lines that no single
    pixel shows.
    """
    textured = (unusual > vision.texture_threshold).astype(np.uint8)
    grown = _grown(away)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_WIDE_PX,) * 2)
    seeds = clear_of(faint, np.asarray(cv2.morphologyEx(grown, cv2.MORPH_OPEN, disc), np.uint8))
    return _with_faint(*_clear(np.maximum(textured, grown), vision), seeds)


def _clear(mask: Mask, vision: Vision) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Labels and boxes, as in `Candidates`, of what stands out pixel by pixel."""
    everywhere = np.zeros(mask.shape, np.int32)
    if not mask.any():
        return everywhere, np.empty((0, 4), np.int32)
    around = _box(mask, 2 * _BRIDGE_PX)
    labels, statistics = _joined(mask[around])
    large = statistics[:, _OWN] * SCALE * SCALE >= vision.min_area_px
    large[0] = False
    renumbered = np.zeros(len(statistics), dtype=np.int32)
    renumbered[large] = np.arange(1, int(large.sum()) + 1)
    everywhere[around] = renumbered[labels]
    top_left = np.array([around[1].start, around[0].start, 0, 0], np.int32)
    return everywhere, statistics[large, :4] + top_left


def _box(mask: Mask, margin: int = 0) -> tuple[slice, slice]:
    """The rows and columns that hold all of a mask, and a margin around it."""
    left, top, width, height = cv2.boundingRect(mask)
    return (
        slice(max(0, top - margin), top + height + margin),
        slice(max(0, left - margin), left + width + margin),
    )


def _joined(mask: Mask) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Label what is connected when small gaps are bridged.

    Returns the labels, and for each of them (left, top, width, height, pixels of `mask`).
    """
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _BRIDGE_PX + 1,) * 2)
    bridged = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, disc, borderType=cv2.BORDER_REPLICATE)
    _, labels, statistics, _ = cv2.connectedComponentsWithStats(bridged, connectivity=8)
    statistics[:, _OWN] = np.bincount(labels[mask > 0], minlength=len(statistics))
    return np.asarray(labels, dtype=np.int32), np.asarray(statistics, dtype=np.int32)


def _with_faint(labels: NDArray[np.int32], boxes: NDArray[np.int32], seeds: Seeds) -> Candidates:
    """The candidates, and one for each faint line that is not mostly in one of them already."""
    if not len(seeds.score):
        return Candidates(labels, boxes, seeds, len(boxes))
    mask = drawn(seeds, labels.shape)
    box = _box(mask)
    _, lines, statistics, _ = cv2.connectedComponentsWithStats(mask[box], connectivity=8)
    count = len(statistics)
    known = np.bincount(lines[labels[box] > 0], minlength=count)
    new = known <= _KNOWN_SHARE * statistics[:, cv2.CC_STAT_AREA]
    new[0] = False
    renumbered = np.zeros(count, dtype=np.int32)
    renumbered[new] = np.arange(1, int(new.sum()) + 1) + len(boxes)
    both = labels.copy()
    both[box] = np.where(labels[box] > 0, labels[box], renumbered[lines])
    faint = statistics[new, :4] + np.array([box[1].start, box[0].start, 0, 0], np.int32)
    return Candidates(both, np.vstack((boxes, faint)).astype(np.int32), seeds, len(boxes))
