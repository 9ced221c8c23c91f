"""Many good parts made into one reference, robustly: a few odd ones hardly move it."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.reference import ShotHead, ShotReference, Statistics, Taught
from inspectd.teach.sample import Sample
from inspectd.vision.background import Plane, Planes, blurred
from inspectd.vision.lines import THRESHOLD
from inspectd.vision.regions import DEPARTURE_THRESHOLD
from inspectd.vision.register import Registered
from inspectd.vision.robust import median_and_sigma
from inspectd.vision.statistics import CHROMA_EXPONENT, Seen

_MAD_TO_SIGMA = 1.4826
# A spread by place counts like so many parts with the spread of all places: few parts scatter less
# by chance at some place or other.
_PRIOR_PARTS = 10.0
_SMALLEST_SIGMA = 1e-4
_SMOOTHING_PX = 1.5
_SEPARABLE = 0.7  # of the variance of lightness between part and belt, by Otsu
_BORDER_IS_BELT = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class Aligned:
    """A sample where the anchor lies and in the anchor's light."""

    planes: Planes
    energy: Plane


def blank(samples: Sequence[Sample], anchor: Sample, limit: float | None) -> ShotReference:
    """A reference that knows one part only: to register the others by."""
    mask = part_mask(anchor.planes[0]) if limit is not None else _whole(anchor.planes[0])
    return ShotReference(_head("place", samples, limit, anchor.planes, mask), anchor.planes, mask)


def aligned(one: Sample, seen: Seen, usual_gain: float) -> Aligned:
    """Carried to where the anchor lies, and in the usual light.

    `usual_gain`: the usual part's light over the anchor's.
    """
    light = seen.light(one.planes.shape[1:]) / np.float32(usual_gain)
    planes = one.planes.copy()
    planes[0] /= np.maximum(light, np.float32(1e-3))
    planes[1:] /= np.float32((seen.gain / usual_gain) ** CHROMA_EXPONENT)
    energy = one.energy / np.float32(seen.gain / usual_gain)
    back = seen.registered
    return Aligned(np.stack([_back(plane, back) for plane in planes]), _back(energy, back))


def by_place(
    samples: Sequence[Sample],
    found: Sequence[Aligned],
    mask: NDArray[np.uint8],
    limit: float | None,
) -> ShotReference:
    """Mean and spread for every place of the part."""
    stack = np.stack([one.planes for one in found])
    lightness = np.median(stack, axis=0).astype(np.float32)
    apart = np.stack([blurred(planes - lightness, 1.0) for planes in stack])
    departure_sigma = np.stack(
        [_spread(apart[:, channel], 0.0, mask) for channel in range(len(lightness))]
    )
    energies = np.stack([one.energy for one in found])
    mean = np.median(energies, axis=0).astype(np.float32)
    head = _head("place", samples, limit, lightness, mask)
    head = head.model_copy(
        update={
            "departure_sigmas": tuple(
                float(np.median(plane[mask > 0])) for plane in departure_sigma
            ),
        }
    )
    return ShotReference(
        head, lightness, mask, mean, _spread(energies, mean, mask), departure_sigma
    )


def for_station(samples: Sequence[Sample], kind: Statistics) -> ShotReference:
    """One mean and spread for all; or, by `kind` "picture", each picture's own."""
    level = _level(samples)
    same_size = len({one.planes.shape for one in samples}) == 1
    if same_size:
        lightness = np.median(np.stack([one.planes for one in samples]), axis=0)
    else:
        lightness = np.median([np.median(one.planes, axis=(1, 2)) for one in samples], axis=0)
        lightness = lightness[:, None, None]
    gains = np.array([float(np.median(one.planes[0, ::4, ::4])) / level for one in samples])
    energies = np.concatenate(
        [one.energy[::3, ::5].ravel() / gain for one, gain in zip(samples, gains, strict=True)]
    )
    middle, sigma = median_and_sigma(energies)
    noises = np.stack([one.own.noise for one in samples])
    noises[:, 0] /= gains
    planes = lightness.astype(np.float32)
    mask = _whole(planes[0])
    head = _head(kind, samples, None, planes, mask).model_copy(
        update={
            "level": level,
            "texture": Taught(mean=middle, sigma=max(sigma, _SMALLEST_SIGMA * middle)),
            "departure_sigmas": tuple(
                max(float(value), _SMALLEST_SIGMA) for value in np.median(noises, axis=0)
            ),
        }
    )
    return ShotReference(head, planes, mask)


def part_mask(lightness: Plane) -> NDArray[np.uint8]:
    """Where the part is: unlike the border in lightness, or everywhere if nothing is.

    Otsu's threshold; the largest piece without its holes, which show what lies below.
    """
    low, high = float(lightness.min()), float(lightness.max())
    levels = np.clip((lightness - low) / max(high - low, 1e-6) * 255, 0, 255).astype(np.uint8)
    cut, _ = cv2.threshold(levels, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    above = levels > cut
    share = float(above.mean())
    if not 0.0 < share < 1.0:
        return _whole(lightness)
    between = share * (1 - share) * (levels[above].mean() - levels[~above].mean()) ** 2
    if between < _SEPARABLE * float(levels.var()):
        return _whole(lightness)
    border = np.concatenate((above[0], above[-1], above[:, 0], above[:, -1]))
    if max(border.mean(), 1 - border.mean()) < _BORDER_IS_BELT:
        return _whole(lightness)
    part = (~above if border.mean() > 0.5 else above).astype(np.uint8)  # noqa: PLR2004 - half
    _, labels, statistics, _ = cv2.connectedComponentsWithStats(part, connectivity=4)
    largest = 1 + int(statistics[1:, cv2.CC_STAT_AREA].argmax())
    return np.asarray(labels == largest, dtype=np.uint8)


def _whole(plane: Plane) -> NDArray[np.uint8]:
    return np.ones(plane.shape, np.uint8)


def _back(plane: Plane, registered: Registered) -> Plane:
    moved = cv2.warpAffine(
        plane,
        registered.motion,
        (plane.shape[1], plane.shape[0]),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(moved, dtype=np.float32)


def _spread(values: NDArray[np.float32], middle: Plane | float, mask: NDArray[np.uint8]) -> Plane:
    """Robust standard deviation by place of (parts, rows, columns), drawn towards that of all."""
    own = _MAD_TO_SIGMA * np.median(np.abs(values - middle), axis=0)
    smooth = cv2.GaussianBlur(own.astype(np.float32) ** 2, (0, 0), _SMOOTHING_PX)
    usual = float(np.median(smooth[mask > 0]))
    count = len(values)
    drawn = (count * smooth + _PRIOR_PARTS * usual) / (count + _PRIOR_PARTS)
    return np.asarray(np.maximum(np.sqrt(drawn), _SMALLEST_SIGMA), dtype=np.float32)


def _level(samples: Sequence[Sample]) -> float:
    return float(np.median([np.median(one.planes[0, ::4, ::4]) for one in samples]))


def _head(
    kind: Statistics,
    samples: Sequence[Sample],
    limit: float | None,
    planes: Planes,
    mask: NDArray[np.uint8],
) -> ShotHead:
    """What is known without maps; the limits are still the recipe's usual ones."""
    told = [one.sharp for one in samples if one.sharp.can_be_told]
    sharp = told if 2 * len(told) > len(samples) else []
    return ShotHead(
        statistics=kind,
        registration_limit=limit,
        level=max(float(np.median(planes[0][mask > 0])), 1e-3),
        focus=float(np.median([one.focus for one in sharp])) if sharp else None,
        anisotropy_x=float(np.median([one.anisotropy_x for one in sharp])) if sharp else 0.0,
        anisotropy_y=float(np.median([one.anisotropy_y for one in sharp])) if sharp else 0.0,
        structure=float(np.median([one.structure for one in samples])),
        texture=Taught(mean=0.0, sigma=0.0),
        texture_limit=1.0,
        line_limit=THRESHOLD,
        departure_sigmas=(1.0,) * len(planes),
        departure_limits=(DEPARTURE_THRESHOLD,) * len(planes),
        held_out_parts=0,
        held_out_alarms=0,
    )
