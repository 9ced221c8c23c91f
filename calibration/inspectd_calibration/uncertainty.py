"""The expanded uncertainty of a length, k = 2, from everything that a calibration rests on.

By linear propagation: JCGM 100:2008 (GUM), 5.1.2, with the sensitivities found by moving each
input by its standard uncertainty and calibrating again (5.1.3, note 2). The inputs, each made of
independent directions: the noise of the target's points in the picture (from the residuals); the
lens's nine numbers with their covariance (from the residuals of its views); the target's pitch
(from its certificate, k = 2); its flatness, which shifts points where they are seen at an angle;
and distortion that the residuals still show.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from inspectd.core.calibration import Calibration
from inspectd.core.frame import Points
from inspectd.core.lens import Lens
from inspectd_calibration.detection import Detection
from inspectd_calibration.plane_fit import fit_plane

Matrix = NDArray[np.float64]

COVERAGE_FACTOR = 2.0
POINTS, LENS, PITCH, FLATNESS, DISTORTION = (
    "noise of the points",
    "lens",
    "pitch of the target",
    "flatness of the target",
    "distortion left",
)
SOURCES = (POINTS, LENS, PITCH, FLATNESS, DISTORTION)

# Half the width of a rectangular distribution over its standard uncertainty: JCGM 100, 4.3.7.
_RECTANGULAR = np.sqrt(3.0)
_FLATNESS_MODES = 3
_GRID = 5
_INSET = 0.02
_SHORT = 0.05


@dataclass(frozen=True, slots=True)
class Variant:
    """The calibration with one input off by its standard uncertainty."""

    source: str
    calibration: Calibration


@dataclass(frozen=True, slots=True, eq=False)
class LengthUncertainty:
    """Of n lengths: `length_mm` and `expanded_mm` (k = 2), and what each source gives; (n,)."""

    length_mm: NDArray[np.float64]
    expanded_mm: NDArray[np.float64]
    by_source_mm: dict[str, NDArray[np.float64]]

    @property
    def relative(self) -> NDArray[np.float64]:
        """Expanded uncertainty over length."""
        return np.asarray(self.expanded_mm / self.length_mm)


def length_uncertainty(
    calibration: Calibration, variants: Sequence[Variant], start_px: Points, end_px: Points
) -> LengthUncertainty:
    """Of the lengths between (n, 2) pixel positions: their own uncertainty is not in it.

    NaN where the lens has no answer.
    """
    length_mm = _lengths(calibration, start_px, end_px)
    squares = {source: np.zeros(len(length_mm)) for source in SOURCES}
    for variant in variants:
        squares[variant.source] += (
            _lengths(variant.calibration, start_px, end_px) - length_mm
        ) ** 2
    expanded = {source: COVERAGE_FACTOR * np.sqrt(square) for source, square in squares.items()}
    total = COVERAGE_FACTOR * np.sqrt(sum(squares.values(), np.zeros(len(length_mm))))
    return LengthUncertainty(length_mm, total, expanded)


def short_lengths(width_px: int, height_px: int) -> tuple[Points, Points]:
    """Starts and ends, px, of short lengths all over the picture, in four directions each.

    Those at the centre and in the corners come first: see `PLACES`. A short length has the largest
    relative uncertainty of all at its place, since a long one averages over many.
    """
    steps = np.linspace(_INSET, 1.0 - _INSET, _GRID).tolist()
    low, middle, high = steps[0], steps[_GRID // 2], steps[-1]
    places = [(middle, middle), (low, low), (high, low), (low, high), (high, high)]
    others = [(x, y) for y in steps for x in steps if (x, y) not in places]
    middles = np.array(places + others) * [width_px - 1.0, height_px - 1.0]
    angles = np.arange(4) * np.pi / 4.0
    half = 0.5 * _SHORT * min(width_px, height_px)
    way = half * np.column_stack((np.cos(angles), np.sin(angles)))
    starts = np.clip(middles[:, None] - way, 0.0, [width_px - 1.0, height_px - 1.0])
    ends = np.clip(middles[:, None] + way, 0.0, [width_px - 1.0, height_px - 1.0])
    return starts.reshape(-1, 2), ends.reshape(-1, 2)


PLACES = ("centre", "top left", "top right", "bottom left", "bottom right")


def worst_at_places(relative: NDArray[np.float64]) -> dict[str, float]:
    """Of `short_lengths`' values: the largest of the four directions at centre and corners."""
    by_place = relative[: 4 * len(PLACES)].reshape(-1, 4).max(axis=1)
    return dict(zip(PLACES, by_place.tolist(), strict=True))


def point_variants(modes: Sequence[Calibration]) -> list[Variant]:
    """From the noise of the points."""
    return [Variant(POINTS, mode) for mode in modes]


def other_lenses(lens: Lens, covariance: Matrix) -> list[Lens]:
    """The lens off by one standard uncertainty, in each of its nine independent directions."""
    numbers = np.array(list(lens.model_dump().values()))
    scale = np.sqrt(np.maximum(np.diag(covariance), np.finfo(float).tiny))
    sizes, directions = np.linalg.eigh(covariance / np.outer(scale, scale))
    steps = scale[:, None] * directions * np.sqrt(np.maximum(sizes, 0.0))
    names = list(Lens.model_fields)
    return [
        lens.model_copy(update=dict(zip(names, (numbers + step).tolist(), strict=True)))
        for step in steps.T
    ]


def lens_variants(found: Detection, others: Sequence[Lens]) -> list[Variant]:
    """From the lens: the plane is fitted again with each of `other_lenses`."""
    return [Variant(LENS, fit_plane(found, other).calibration) for other in others]


def pitch_variant(calibration: Calibration, expanded_relative: float) -> Variant:
    """From the pitch: it scales everything."""
    stretch = 1.0 + expanded_relative / COVERAGE_FACTOR
    matrix = np.diag([stretch, stretch, 1.0]) @ calibration.matrix
    homography = tuple(matrix.ravel().tolist())
    return Variant(PITCH, calibration.model_copy(update={"homography": homography}))


def bent_sheets(found: Detection, slopes: Points, flatness_mm: float) -> list[Detection]:
    """The target as it is if the sheet is bent, by one standard uncertainty in three ways.

    It may stand off its plane by up to `flatness_mm` (rectangular distribution), as x², xy and y²
    over the sheet, which share the variance. `slopes` (n, 2): by how many mm each point seems
    shifted along the plane when it stands one mm off it.
    """
    if not flatness_mm:
        return []
    centred = found.points_mm - found.points_mm.mean(axis=0)
    x, y = (centred / np.abs(centred).max()).T
    level = np.column_stack((x, y, np.ones_like(x)))
    size_mm = flatness_mm / _RECTANGULAR / np.sqrt(_FLATNESS_MODES)
    sheets = []
    for bent in (x * x, x * y, y * y):
        off_plane = bent - level @ np.linalg.lstsq(level, bent, rcond=None)[0]
        shift = size_mm * (off_plane / np.abs(off_plane).max())[:, None] * slopes
        sheets.append(replace(found, points_mm=found.points_mm + shift))
    return sheets


def flatness_variants(sheets: Sequence[Detection], lens: Lens | None) -> list[Variant]:
    """From the sheet's flatness: the plane is fitted again to each of `bent_sheets`."""
    return [Variant(FLATNESS, fit_plane(bent, lens).calibration) for bent in sheets]


def _lengths(calibration: Calibration, start_px: Points, end_px: Points) -> NDArray[np.float64]:
    return np.asarray(
        np.linalg.norm(calibration.to_mm(end_px) - calibration.to_mm(start_px), axis=1)
    )
