"""How unusual a picture is against what was taught, rather than against itself.

Three kinds (`core.reference.Statistics`), between which `teach` decides by cross-validation: each
picture's own middle and spread with taught limits; one mean and spread of all good parts; or one
for every place of the part, which needs parts that register. Brightness is taken out first: by the
ratio of this picture's light to the taught one's.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.recipe import Vision
from inspectd.core.reference import ShotReference
from inspectd.vision.background import Departure, Plane, Planes, blurred
from inspectd.vision.holes import holes_unlike
from inspectd.vision.lines import Seeds, line_seeds
from inspectd.vision.regions import DEPARTURE_THRESHOLD
from inspectd.vision.register import UNMOVED, Registered, carried, register
from inspectd.vision.robust import fitted
from inspectd.vision.spread import Spread, in_turn
from inspectd.vision.texture import usual

_POINTS = 4_096
_FITS = 4
_SMALLEST_SIGMA = 1e-3
_DARKEST = 1.0 / 1_024.0  # of full scale: a ratio to less says nothing
# CIELAB's cube root of linear light, which is about the 2.2th power of the levels.
CHROMA_EXPONENT = 0.73
_CHROMA_DOUBT = 0.1
_COLOURED = 0.03  # a* or b* over 100; below there is no ratio to tell
_FEWEST_POINTS = 16
_MOTTLE_SIGMA_PX = 1.0  # as `background.departure` smooths
_WHOLLY = 1.0 - 1e-3
_RIM_PX = 1  # of quarter resolution: as far as the outline itself reaches


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """How the taught part lies and is lit in one picture.

    `gain`: light of this picture over the taught one's, in the part's middle; `slope_x`, `slope_y`:
    by how much that ratio changes across the picture, as a share of itself. `expected`: (channels,
    rows, columns) float32, the taught part as it should look here; None where parts do not lie
    alike. `visible`: share of the part that is in the picture; `holes_unlike`: how many of its
    holes are not as taught.
    `inside`: (rows, columns) uint8, 1 on the part but its rim; None where it fills the picture.
    """

    registered: Registered
    gain: float
    slope_x: float
    slope_y: float
    expected: Planes | None
    inside: NDArray[np.uint8] | None
    visible: float = 1.0
    holes_unlike: int = 0

    @property
    def gradient(self) -> float:
        """The largest change of light across the picture, as a share of it."""
        return float(np.hypot(self.slope_x, self.slope_y))

    def light(self, shape: tuple[int, ...]) -> Plane:
        """This picture's light over the taught one's, (rows, columns)."""
        down, right = (np.linspace(-0.5, 0.5, n, dtype=np.float32) for n in shape)
        slope = np.float32(self.slope_y) * down[:, None] + np.float32(self.slope_x) * right
        return np.asarray(self.gain * (1.0 + slope), dtype=np.float32)


def see(planes: Planes, taught: ShotReference) -> Seen:
    """Find and light the taught part as in this picture: `background.quartered` planes."""
    lies_alike = taught.head.statistics == "place" or taught.head.registration_limit is not None
    if not lies_alike:
        gain = float(np.median(planes[0, ::4, ::4])) / taught.head.level
        return Seen(UNMOVED, max(gain, _DARKEST), 0.0, 0.0, None, None)
    registered = UNMOVED
    if taught.head.registration_limit is not None:
        registered = register(planes[0], taught)
    shape = planes.shape[1:]
    where = registered.motion
    part = _part(taught)
    outside = None if part is None else 0.0
    expected = np.stack([carried(plane, where, shape, outside) for plane in taught.lightness])
    if part is None:
        # The picture's border is part as well, and judged by what is known of the nearest place.
        light = _light(planes[0], expected[0], np.ones(shape, np.bool_))
        seen = Seen(registered, *light, expected, None)
    else:
        covered = carried(part, where, shape, outside)
        inside = covered > _WHOLLY
        light = _light(planes[0], expected[0], inside)
        visible = float(covered.sum()) / max(float(part.sum()), 1.0)
        unlike = holes_unlike(planes[0], taught, registered, light[0])
        seen = Seen(registered, *light, expected, inside.astype(np.uint8), visible, unlike)
    expected[0] *= seen.light(shape)
    for channel in range(1, len(planes)):
        expected[channel] *= _chroma_change(planes[channel], expected[channel], seen)
    return seen


def texture_scores(energy: Plane, taught: ShotReference, seen: Seen) -> Plane:
    """Standard deviations of Gabor energy above the taught mean. `energy`: from `gabor_energy`."""
    head = taught.head
    if head.statistics == "picture":
        middle, sigma = usual(energy)
        scores = (energy - np.float32(middle)) / np.float32(sigma)
    elif taught.texture_mean is None or taught.texture_sigma is None:
        mean, sigma = head.texture.mean * seen.gain, head.texture.sigma * seen.gain
        scores = (energy - np.float32(mean)) / np.float32(max(sigma, _SMALLEST_SIGMA * mean))
    else:
        where, gain = seen.registered.motion, np.float32(seen.gain)
        outside = None if seen.inside is None else 0.0
        mean_map = carried(taught.texture_mean, where, energy.shape, outside)
        weight = carried(_one_over_sigma(taught), where, energy.shape, outside)
        scores = (energy / gain - mean_map) * weight
    if seen.inside is not None:
        scores = scores * seen.inside
    return np.asarray(scores, dtype=np.float32)


def in_recipe_units(scores: Plane, taught: ShotReference, vision: Vision) -> Plane:
    """Scores whose taught limit is the recipe's texture threshold, as `regions.candidates` asks."""
    return scores * np.float32(vision.texture_threshold / taught.head.texture_limit)


def taught_departure(
    planes: Planes, own: Departure | None, taught: ShotReference, seen: Seen
) -> Departure:
    """How the picture departs from the taught part.

    `own`: `background.departure` of the same picture, where each is its own background; unused
    for statistics by place. The noise is such that the threshold of `regions` is the taught limit.
    """
    head = taught.head
    limits = np.asarray(head.departure_limits, dtype=np.float32) / np.float32(DEPARTURE_THRESHOLD)
    gains = np.ones(len(planes), dtype=np.float32)
    gains[0] = seen.gain
    sigmas = np.asarray(head.departure_sigmas, dtype=np.float32)
    if head.statistics == "place":
        assert seen.expected is not None
        assert taught.departure_sigma is not None
        difference = planes - seen.expected
        if seen.inside is not None:
            difference = difference * seen.inside
        difference = blurred(difference, _MOTTLE_SIGMA_PX)
        for channel, plane in enumerate(taught.departure_sigma):
            relative = carried(plane / sigmas[channel], seen.registered.motion, plane.shape, None)
            difference[channel] /= np.maximum(relative, np.float32(_SMALLEST_SIGMA))
        if seen.inside is not None:
            difference *= seen.inside
            background = np.where(seen.inside, seen.expected, planes)
        else:
            background = seen.expected
        return Departure(background, difference, sigmas * limits * gains)
    assert own is not None
    noise = own.noise if head.statistics == "picture" else sigmas * gains
    difference = own.difference if seen.inside is None else own.difference * seen.inside
    return Departure(own.background, difference, noise * limits)


def faint_lines(
    planes: Planes,
    taught: ShotReference,
    seen: Seen,
    threshold: float | None = None,
    spread: Spread = in_turn,
) -> Seeds:
    """Lines that no pixel shows, as `lines.line_seeds`, beyond the taught limit or `threshold`.

    By place they are looked for in the difference to the taught part, whose own edges are none.
    """
    limit = taught.head.line_limit if threshold is None else threshold
    if seen.expected is None or taught.departure_sigma is None:
        return line_seeds(planes[0], limit, spread=spread)
    relative = taught.departure_sigma[0] / np.float32(taught.head.departure_sigmas[0])
    relative = carried(relative, seen.registered.motion, planes.shape[1:], None)
    difference = (planes[0] - seen.expected[0]) / np.maximum(relative, np.float32(_SMALLEST_SIGMA))
    if seen.inside is not None:
        difference *= seen.inside
    return line_seeds(difference, limit, seen.inside, spread)


@lru_cache(maxsize=16)
def _part(taught: ShotReference) -> Plane | None:
    """The part's mask without its rim, 0 or 1; None for a part that fills the picture."""
    if taught.mask.all():
        return None
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _RIM_PX + 1,) * 2)
    eroded = cv2.erode(taught.mask, disc, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(eroded, dtype=np.float32)


@lru_cache(maxsize=16)
def _one_over_sigma(taught: ShotReference) -> Plane:
    assert taught.texture_sigma is not None
    return np.asarray(1.0 / np.maximum(taught.texture_sigma, 1e-6), dtype=np.float32)


def _chroma_change(plane: Plane, expected: Plane, seen: Seen) -> np.float32:
    """By how much this picture's light changes a* or b*: both grow with brightness.

    Looked for around what theory says, so that a part of another colour stays one.
    """
    theory = float(seen.gain**CHROMA_EXPONENT)
    step = max(1, int(np.sqrt(plane.size / _POINTS)))
    a, b = expected[::step, ::step], plane[::step, ::step]
    usable = np.abs(a) > _COLOURED
    if seen.inside is not None:
        usable &= seen.inside[::step, ::step] > 0
    if np.count_nonzero(usable) < _FEWEST_POINTS:
        return np.float32(theory)
    found = float(np.median(b[usable] / a[usable])) / theory
    return np.float32(theory * np.clip(found, 1.0 - _CHROMA_DOUBT, 1.0 + _CHROMA_DOUBT))


def _light(plane: Plane, expected: Plane, inside: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Ratio of seen to expected light: in the middle, and its relative slope along x and y.

    A plane through the ratios by iteratively re-weighted least squares (Beaton and Tukey, 1974),
    which stains and dents do not move; over the whole width and height each slope counts 1.
    """
    step = max(1, int(np.sqrt(inside.size / _POINTS)))
    usable = inside[::step, ::step] & (expected[::step, ::step] > _DARKEST)
    rows, columns = np.nonzero(usable)
    if len(rows) < _FEWEST_POINTS:
        return 1.0, 0.0, 0.0
    ratio = plane[::step, ::step][usable] / expected[::step, ::step][usable]
    x = columns * step / (plane.shape[1] - 1) - 0.5
    y = rows * step / (plane.shape[0] - 1) - 0.5
    terms = np.column_stack((np.ones_like(x), x, y))
    found = fitted(terms, ratio, ratio - np.median(ratio), _SMALLEST_SIGMA, _FITS)
    gain = max(float(found[0]), _DARKEST)
    return gain, float(found[1]) / gain, float(found[2]) / gain
