"""Faint dents: bowls that no pixel shows, but the sum over all of their inside does.

In slanting light the brightness of a bowl rises evenly from one side to the other and ends at its
rim. On a rough surface each pixel of that may be lost, and one side of it looks like a stain: so
the picture is compared with just that shading, at the sizes that the recipe forbids. What is found
may as well be a bump: one picture does not tell where its light comes from.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.defect import DefectKind
from inspectd.core.frame import Points
from inspectd.vision.background import SCALE, Departure, Plane
from inspectd.vision.kernels.bowl import likest
from inspectd.vision.normalise import WorkingPicture
from inspectd.vision.robust import median
from inspectd.vision.shape import Shape, feret_diameter, lies_in

# In robust standard deviations of the sound surface's slopes.
_THRESHOLD = 4.3
# Correlation with a bowl's shading, at a score of 5; less is asked for where it is clearer. Of 50
# rendered dents on cast metal, 15 % over limits of 0.5 to 2 mm, 44 were more alike; of everything
# that 80 sound parts of cast metal and plastic showed at those sizes, one was.
_ALIKE, _PER_SCORE, _SCORES = 0.905, 0.02, (4.3, 5.5)
# Of full scale: less is not visible either, such as the foot of a stain's blurred edge. Rendered
# dents of 0.5 to 2 mm had 0.056 and more.
_LEAST_CONTRAST = 0.012
_CLEAR = 8.0  # a score from which it is named a dent; dents just over 2 mm had 10 and more
_SMALLEST_SHARE = 0.9  # of the smallest forbidden radius
# Of 93 such dents the radius found was 0.83 to 1.05 of the true one, 95 of 100 from 0.94.
_DOUBT = 0.1
_NEXT = 1.6  # from one radius of the search to the next
_CLEARER = 0.7  # power of its size by which a wider one is clearer, as shallow for its width
_SIGMA_SHARE = 0.55  # of the radius: the Gaussian whose slope is nearest to a bowl's shading
# Radius in pixels of what is searched, and compared, where there is a finer picture.
_LEAST_SEARCHED, _LEAST_COMPARED = 2.5, 4.0
_RADII = np.array([0.5, 0.6, 0.72, 0.85, 1.0, 1.18, 1.4, 1.65])  # of the search's one
_STEPS = np.linspace(-2.0, 2.0, 5) / 3.0  # places that are tried, in radii
_FINE_RADII = np.array([0.92, 0.96, 1.0, 1.04, 1.08])
_FINE_STEPS = np.arange(-1, 2)
_SOMEWHAT_ALIKE = 0.8
_SMOOTH_SHARE = 1.0 / 6.0  # of the radius: what is finer than a bowl's sides
_RIM_SHARE = 0.16  # of the radius
_AROUND = 1.4  # radii that a bowl is compared over
_NOISE_FLOOR = 0.25 / 255  # of a level, as in `background`
_USUAL = 6.0  # times the median power: more is a defect, not the surface
_LEAST_SPREAD = 0.25  # of the usual slopes' variance: where most of a picture is flat
_MEDIAN_POWER = 2.0 * math.log(2.0)  # of a Rayleigh distribution, in its variances
_MOST = 64
_EVERY, _ROUNDS = 3, 3
_CORNERS = 64


@dataclass(frozen=True, slots=True)
class FaintDent:
    """A bowl, or a bump, in pixels of the picture.

    `score`: in standard deviations of the sound surface; `likeness`: correlation with a bowl;
    `contrast`: how much brighter or darker it is at its rim, 1 is full scale.
    """

    column_px: float
    row_px: float
    radius_px: float
    score: float
    likeness: float
    contrast: float

    @property
    def outline_px(self) -> Points:
        """(n, 2) corners of its rim."""
        angle = np.linspace(0.0, math.tau, _CORNERS, endpoint=False)
        x = self.column_px + self.radius_px * np.cos(angle)
        return np.column_stack((x, self.row_px + self.radius_px * np.sin(angle)))


class _Planes:
    """Lightness less its background, at halves, quarters, eighths... of the resolution."""

    def __init__(self, working: WorkingPicture, away: Departure) -> None:
        self._working, self._away = working, away
        self._known: dict[int, Plane] = {SCALE: away.difference[0]}

    def at(self, scale: int) -> Plane:
        """One pixel for `scale` x `scale` of the picture, 2 or 4 or 8..."""
        if scale not in self._known:
            self._known[scale] = self._half() if scale < SCALE else _halved(self.at(scale // 2))
        return self._known[scale]

    def _half(self) -> Plane:
        half, size = self._working.half, self._working.half.shape[::-1]
        background = cv2.resize(self._away.background[0], size, interpolation=cv2.INTER_LINEAR)
        # What of a picture is not judged departs from its background by nothing.
        judged = cv2.resize((self._away.difference[0] != 0.0).astype(np.float32), size)
        return np.asarray(cv2.subtract(half, background) * judged, np.float32)


def _halved(plane: Plane) -> Plane:
    rows, columns = (side // 2 * 2 for side in plane.shape)
    size = (columns // 2, rows // 2)
    halved = cv2.resize(plane[:rows, :columns], size, interpolation=cv2.INTER_AREA)
    return np.asarray(halved, np.float32)


def faint_dents(working: WorkingPicture, away: Departure, least_px: float) -> list[FaintDent]:
    """The bowls of a radius of about `least_px` and more, the clearest first, each once."""
    found: list[FaintDent] = []
    times, planes = 1.0, _Planes(working, away)
    while times * least_px <= min(working.lightness.shape) / 4:
        found += _of_size(planes, times * least_px, times**_CLEARER * _THRESHOLD)
        times *= _NEXT
    kept: list[FaintDent] = []
    large = [one for one in found if one.radius_px >= _SMALLEST_SHARE * least_px]
    for one in sorted(large, key=lambda one: one.likeness * one.score, reverse=True):
        if not any(_same(one, other) for other in kept):
            kept.append(one)
    return kept


def with_faint_dents(shapes: list[Shape], dents: list[FaintDent]) -> list[Shape]:
    """The shapes, and the faint dents that are not among them as dents of that size.

    What else lies at the place of one stays: whichever is right, the part gets the worse decision.
    One that is not clear is an anomaly that may hold a dent.
    """
    known = [shape for shape in shapes if shape.kind is DefectKind.DENT]
    new = [
        Shape(
            DefectKind.DENT if dent.score >= _CLEAR else DefectKind.OTHER,
            dent.outline_px,
            None,
            dent.contrast,
            hides=dent.score < _CLEAR,
            doubt=_DOUBT,
        )
        for dent in dents
        if not any(_is_known(dent, shape) for shape in known)
    ]
    return [*shapes, *new]


def _is_known(dent: FaintDent, shape: Shape) -> bool:
    # A dent that stands out pixel by pixel is known better.
    large = feret_diameter(shape.contour_px) >= (1.0 - _DOUBT) * 2.0 * dent.radius_px
    return large and lies_in(shape.contour_px, dent.column_px, dent.row_px)


def _same(one: FaintDent, other: FaintDent) -> bool:
    apart = math.hypot(one.column_px - other.column_px, one.row_px - other.row_px)
    return apart < max(one.radius_px, other.radius_px)


def _of_size(planes: _Planes, radius_px: float, threshold: float) -> Iterator[FaintDent]:
    """Found where a bowl is a few pixels large, and compared where it is somewhat larger."""
    scale, fine = _scale(radius_px, _LEAST_SEARCHED), _scale(radius_px, _LEAST_COMPARED)
    power = _slopes(planes.at(scale), radius_px / scale)
    peaks = _peaks(power, threshold, radius_px / scale)
    ratio, middle = scale // fine, (fine - 1) / 2
    for row, column in peaks:
        x, y, radius, contrast, likeness = _likest(
            planes.at(fine), ratio * row + ratio // 2, ratio * column + ratio // 2, radius_px / fine
        )
        at = y // ratio, x // ratio
        within = 0 <= at[0] < power.shape[0] and 0 <= at[1] < power.shape[1]
        if not within or power[at] <= threshold**2:
            continue  # beside what is as clear, such as a scratch
        score = math.sqrt(float(power[at]))
        alike = likeness + _PER_SCORE * (float(np.clip(score, *_SCORES)) - 5.0) >= _ALIKE
        if alike and contrast >= _LEAST_CONTRAST:
            yield FaintDent(
                fine * x + middle, fine * y + middle, fine * radius, score, likeness, contrast
            )


def _scale(radius_px: float, least: float) -> int:
    """Pixels of the picture, both ways, to one of a plane where the radius has `least` or more."""
    scale = 2
    while radius_px / (2 * scale) >= least:
        scale *= 2
    return scale


def _slopes(plane: Plane, radius: float) -> Plane:
    """Squared length of the slope over a disc at every place; see `_power`."""
    sigma = _SIGMA_SHARE * radius
    taps = np.arange(-math.ceil(3.0 * sigma), math.ceil(3.0 * sigma) + 1)
    bell = np.exp(-0.5 * (taps / sigma) ** 2)
    across = cv2.sepFilter2D(plane, cv2.CV_32F, taps * bell, bell)
    down = cv2.sepFilter2D(plane, cv2.CV_32F, bell, taps * bell)
    least = _NOISE_FLOOR**2 * float((taps * bell) @ (taps * bell)) * float(bell @ bell)
    # What of a picture is not judged departs from its background by nothing.
    judged = plane[::_EVERY, ::_EVERY] != 0.0
    return _power(np.asarray(across, np.float32), np.asarray(down, np.float32), judged, least)


def _power(across: Plane, down: Plane, judged: NDArray[np.bool_], least: float) -> Plane:
    """Squared length of every slope in standard deviations of the usual ones.

    Of both directions together (Mahalanobis): grain slopes in one of them. `judged`: of the sample
    that tells what is usual, what counts; `least`: variance of a slope that pixels alone have.
    """
    if not judged.any():
        return np.zeros_like(across)
    x, y = (plane[::_EVERY, ::_EVERY][judged] / np.float32(least**0.5) for plane in (across, down))
    usual = np.ones(x.shape, np.bool_)
    for _ in range(_ROUNDS):
        xx, yy, xy = (float((v * u)[usual].mean()) for v, u in ((x, x), (y, y), (x, y)))
        xx, yy = xx + 1.0, yy + 1.0
        size = xx * yy - xy * xy
        power = (yy * x * x - 2.0 * xy * x * y + xx * y * y) / np.float32(size)
        usual = power <= _USUAL * median(power)
    size *= least * max(median(power) / _MEDIAN_POWER, _LEAST_SPREAD)
    shares = (np.float32(yy / size), np.float32(-2.0 * xy / size), np.float32(xx / size))
    return np.asarray(
        across * (shares[0] * across + shares[1] * down) + shares[2] * (down * down), np.float32
    )


def _peaks(power: Plane, threshold: float, radius: float) -> list[tuple[int, int]]:
    """Row and column of the steepest places beyond the threshold, none within a radius of another.

    The steepest first.
    """
    rows, columns = np.nonzero(power > np.float32(threshold**2))
    order = np.argsort(-power[rows, columns], kind="stable")
    rows, columns = rows[order], columns[order]
    found: list[tuple[int, int]] = []
    while len(rows) and len(found) < _MOST:
        row, column = int(rows[0]), int(columns[0])
        found.append((row, column))
        apart = (rows - row) ** 2 + (columns - column) ** 2 > radius**2
        rows, columns = rows[apart], columns[apart]
    return found


def _likest(
    plane: Plane, row: int, column: int, radius: float
) -> tuple[int, int, float, float, float]:
    """The bowl that the plane is most alike near a place: column, row, radius, height, correlation.

    First roughly; then, where that is at all alike, within a pixel.
    """
    radii, steps = radius * _RADII, np.unique(np.rint(_STEPS * radius).astype(np.int64))
    for _ in range(2):
        far = math.ceil(_AROUND * radii[-1] + 1.0) + int(steps[-1])
        patch = _patch(plane, row, column, far, _SMOOTH_SHARE * radius)
        aside, down, size, height, likeness = likest(patch, radii, steps, _RIM_SHARE, _AROUND)
        row, column = row + round(down), column + round(aside)
        if likeness < _SOMEWHAT_ALIKE:
            break
        radii, steps = size * _FINE_RADII, _FINE_STEPS
    return column, row, size, height, likeness


def _patch(plane: Plane, row: int, column: int, reach: int, sigma: float) -> Plane:
    """A square around a place, smoothed; beyond the plane's border, what it ends with."""
    rows = np.arange(row - reach, row + reach + 1).clip(0, plane.shape[0] - 1)
    columns = np.arange(column - reach, column + reach + 1).clip(0, plane.shape[1] - 1)
    patch = np.ascontiguousarray(plane[np.ix_(rows, columns)])
    return np.asarray(cv2.GaussianBlur(patch, (0, 0), max(sigma, 0.5)), np.float32)
