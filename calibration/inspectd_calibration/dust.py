"""Spots in a flat field that light and lens cannot make: dust, fingerprints, glints."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]

_GRID_PX = 640  # longest side of the grid that is looked at: noise averages out, cost falls
_LARGEST_SHARE = 0.12  # of the grid's short side: wider, and it may be the light itself
# Degrees of the logarithm's polynomial, fit by fit, and what each may leave of a lens (standard
# deviation) without being an outlier. A stiff one first: it does not bend into a spot at the rim.
_FITS = ((2, 0.02), (4, 0.008), (6, 0.003), (6, 0.003), (6, 0.003))
_DEGREE = 6
_FITTED_POINTS = 4_096
_TUKEY = 4.685  # biweight constant, 95 % efficient on normal noise
_RIM = 1.5
_HALF = 0.5
_SMALLEST_DEPTH = 0.02
_NOISE_SIGMAS = 10.0  # a top-hat measures from the noise's peaks, 4 sigma above its middle
_MAD_TO_SIGMA = 1.4826
_SMOOTH_SIGMA_PX = 1.0


@dataclass(frozen=True, slots=True)
class Spot:
    """One spot: its middle, its width at half its depth, how much darker (brighter: negative)."""

    column_px: float
    row_px: float
    diameter_px: float
    depth_percent: float

    @property
    def words(self) -> str:
        """For a message."""
        way = "darker" if self.depth_percent > 0.0 else "brighter"
        return (
            f"{abs(self.depth_percent):.1f} % {way} at column {self.column_px:.0f}, "
            f"row {self.row_px:.0f} ({self.diameter_px:.0f} px wide)"
        )


def find_spots(signal: Plane) -> tuple[Spot, ...]:
    """Spots in a flat field, (rows, columns) in linear DN above dark; the deepest first.

    A smooth surface (a robust polynomial of degree 6) is divided out; what then stands out of
    its surroundings, up to 12 % of the short side wide, is a spot: black and white top-hat (Serra,
    "Image Analysis and Mathematical Morphology", 1982) of at least 2 % and 10 sigma of the noise.
    """
    rows, columns = signal.shape
    factor = max(1, math.ceil(max(rows, columns) / _GRID_PX))
    size = (max(columns // factor, 1), max(rows // factor, 1))
    grid = np.asarray(cv2.resize(signal, size, interpolation=cv2.INTER_AREA), dtype=np.float32)
    surface = _smooth_surface(grid)
    plain = np.asarray(grid / surface, dtype=np.float32)
    flat = np.asarray(cv2.GaussianBlur(plain, (0, 0), _SMOOTH_SIGMA_PX), dtype=np.float32)
    # A Gaussian of this width leaves 1 / (2 sqrt(pi) sigma) of white noise; dark parts have more.
    sigma = _noise(plain) / (2.0 * math.sqrt(math.pi) * _SMOOTH_SIGMA_PX)
    threshold = np.maximum(_NOISE_SIGMAS * sigma * np.median(surface) / surface, _SMALLEST_DEPTH)
    scale = (columns / size[0], rows / size[1])
    spots = [
        *_spots(_top_hat(flat, cv2.MORPH_CLOSE), threshold, scale, sign=1.0),
        *_spots(_top_hat(flat, cv2.MORPH_OPEN), threshold, scale, sign=-1.0),
    ]
    return _distinct(spots)


def _top_hat(flat: Plane, operation: int) -> Plane:
    """How far each pixel lies below (closing) or above (opening) its surroundings, 1 is all.

    The picture is mirrored at its rim.
    """
    diameter = max(3, int(min(flat.shape) * _LARGEST_SHARE)) | 1
    pad = diameter
    wide = np.pad(flat, pad, mode="reflect")
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (diameter, diameter))
    around = cv2.morphologyEx(wide, operation, kernel)
    return np.asarray(np.abs(around - wide), dtype=np.float32)[pad:-pad, pad:-pad]


def _spots(hat: Plane, threshold: Plane, scale: tuple[float, float], sign: float) -> list[Spot]:
    count, labels, statistics, centres = cv2.connectedComponentsWithStats(
        (hat > threshold).astype(np.uint8)
    )
    spots = []
    for label in range(1, count):
        left, top, width, height = statistics[label, :4]
        box = (slice(top, top + height), slice(left, left + width))
        depths = hat[box][labels[box] == label]
        area = np.count_nonzero(depths >= _HALF * depths.max()) * scale[0] * scale[1]
        spots.append(
            Spot(
                column_px=float((centres[label][0] + _HALF) * scale[0] - _HALF),
                row_px=float((centres[label][1] + _HALF) * scale[1] - _HALF),
                diameter_px=2.0 * math.sqrt(float(area) / math.pi),
                depth_percent=sign * 100.0 * float(depths.max()),
            )
        )
    return spots


def _distinct(spots: list[Spot]) -> tuple[Spot, ...]:
    """The deepest first; a fainter one next to a deeper one is its rim."""
    kept: list[Spot] = []
    for spot in sorted(spots, key=lambda one: -abs(one.depth_percent)):
        apart = (
            math.hypot(spot.column_px - other.column_px, spot.row_px - other.row_px)
            > _RIM * max(other.diameter_px, spot.diameter_px)
            for other in kept
        )
        if all(apart):
            kept.append(spot)
    return tuple(kept)


def _noise(flat: Plane) -> float:
    """Standard deviation of the noise (Immerkaer, "Fast noise variance estimation", 1996).

    With the median instead of the mean, so that edges do not count.
    """
    mask = np.array([[1.0, -2.0, 1.0], [-2.0, 4.0, -2.0], [1.0, -2.0, 1.0]], dtype=np.float32)
    inner = cv2.filter2D(flat, cv2.CV_32F, mask)[1:-1, 1:-1]
    return _MAD_TO_SIGMA * float(np.median(np.abs(inner))) / 6.0


def _smooth_surface(grid: Plane) -> Plane:
    """Robust polynomial through the logarithm (Beaton and Tukey's re-weighting, 1974)."""
    down, across = (np.vander(np.linspace(-1.0, 1.0, n), _DEGREE + 1)[:, ::-1] for n in grid.shape)
    step = math.ceil(math.sqrt(grid.size / _FITTED_POINTS))
    order = np.add.outer(np.arange(_DEGREE + 1), np.arange(_DEGREE + 1))
    known = np.einsum("yi,xj->yxij", down[::step], across[::step]).reshape(-1, *order.shape)
    lowest = 1e-3 * float(grid.max())
    values = np.log(np.maximum(grid[::step, ::step].reshape(-1).astype(np.float64), lowest))
    weight = np.ones_like(values)
    for degree, smallest_sigma in _FITS:
        terms = known[:, order <= degree]
        weighted = terms * weight[:, None]
        solution = np.linalg.lstsq(weighted.T @ terms, weighted.T @ values, rcond=None)[0]
        rest = values - terms @ solution
        sigma = max(_MAD_TO_SIGMA * float(np.median(np.abs(rest))), smallest_sigma)
        weight = np.clip(1.0 - (rest / (_TUKEY * sigma)) ** 2, 0.0, None) ** 2
    coefficients = np.zeros(order.shape)
    coefficients[order <= _DEGREE] = solution
    return np.asarray(np.exp(down @ coefficients @ across.T), dtype=np.float32)
