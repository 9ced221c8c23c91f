"""Where the part lies in a picture: turned and moved against the taught one.

By OpenCV, in three steps, all on pictures of a few hundred pixels. The angle by the magnitude of
the spectrum, which a shift does not change, in polar coordinates (B. S. Reddy and B. N. Chatterji,
"An FFT-based technique for translation, rotation, and scale-invariant image registration", IEEE
Trans. Image Process. 5, 1996; without scale); the shift by cross-correlation, at that angle and at
half a turn more, between which a spectrum cannot tell; then both together to a fraction of a pixel
by the enhanced correlation coefficient (G. D. Evangelidis and E. Z. Psarakis, IEEE Trans. PAMI 30,
2008). Correlation does not see how bright the picture is.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.reference import ShotReference
from inspectd.vision.background import Plane

# (2, 3) float64: a pixel (column, row, 1) of the taught picture to where it is in this one.
Motion = NDArray[np.float64]

_SEARCH_PX = 160  # longest side for the search of angle and shift
_FINE_PX = 320  # and for the last step; one pixel there is 8 of a 5-megapixel picture
_SPECTRUM_PX = 192
_ANGLES = 360  # over half a turn
_RADII = 64
_SLOWEST = 3  # of the radii: light that falls unevenly, not the part
_ITERATIONS = 20
_PRECISION = 1e-4
_SMOOTHING_PX = 3
_FITTING = 0.9  # of the pixels, in the likeness
_NOTHING = 1e-12
_RIM_SHARE = 0.02  # of the picture's longer side: the outline lies inside the compared region


@dataclass(frozen=True, slots=True, eq=False)
class Registered:
    """`motion` takes taught quarter-resolution pixels to those of this picture.

    `likeness`: correlation with the taught part where it lies, at most 1; `score`: the same without
    the tenth that fits worst, which a large defect hardly moves. `angle_deg` is from column
    to row.
    """

    motion: Motion
    score: float
    likeness: float

    @property
    def angle_deg(self) -> float:
        """How far the part is turned."""
        return math.degrees(math.atan2(self.motion[1, 0], self.motion[0, 0]))


UNMOVED = Registered(np.eye(2, 3), 1.0, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class _Anchor:
    """The taught part, prepared for the search.

    `angular`: conjugate spectrum over the angle; `compared`: 1 where the fine picture counts;
    `box`: rows and columns around all of that.
    """

    search: Plane
    search_factor: int
    angular: NDArray[np.complex128]
    fine: Plane
    fine_factor: int
    compared: NDArray[np.uint8]
    box: tuple[slice, slice]


def register(quarter: Plane, taught: ShotReference) -> Registered:
    """Find the taught part in a picture of the taught size, (rows, columns) float32 lightness.

    The answer is always the best there is; its score says what it is worth.
    """
    anchor = _prepared(taught)
    search = _levelled(_binned(quarter, anchor.search_factor))
    spectrum = _spectrum(search)
    angle = _angle(anchor, spectrum)
    fine = _binned(quarter, anchor.fine_factor)
    change = anchor.search_factor / anchor.fine_factor
    best = UNMOVED, -2.0, fine
    for turn in (angle, angle + 180.0):
        motion = _rescaled(_shifted(anchor, spectrum, turn), change)
        back = _carried_back(fine, motion)
        score = _correlation(anchor, back)
        if score > best[1]:
            best = Registered(motion, score, score), score, back
    found, score, back = best
    motion = _refined(anchor, back, found.motion, score)
    back = _carried_back(fine, motion)
    scores = _trimmed(anchor, back), _correlation(anchor, back)
    return Registered(_rescaled(motion, anchor.fine_factor), *scores)


def carried(plane: Plane, motion: Motion, shape: tuple[int, ...], outside: float | None) -> Plane:
    """A taught map as it lies in this picture: `shape` rows and columns.

    Beyond the taught picture it has the value `outside`, or with None that of its border.
    """
    moved = cv2.warpAffine(
        plane,
        motion,
        (shape[1], shape[0]),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE if outside is None else cv2.BORDER_CONSTANT,
        borderValue=outside or 0.0,
    )
    return np.asarray(moved, dtype=np.float32)


@lru_cache(maxsize=16)
def _prepared(taught: ShotReference) -> _Anchor:
    lightness = taught.lightness[0]
    longest = max(lightness.shape)
    search_factor = math.ceil(longest / _SEARCH_PX)
    fine_factor = math.ceil(longest / _FINE_PX)
    search = _levelled(_binned(lightness, search_factor))
    rim = max(3, round(_RIM_SHARE * longest / fine_factor))
    mask = _binned(taught.mask.astype(np.float32), fine_factor) > 0
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * rim + 1,) * 2)
    compared = np.asarray(cv2.dilate(mask.astype(np.uint8), disc), dtype=np.uint8)
    left, top, width, height = cv2.boundingRect(compared)
    return _Anchor(
        search,
        search_factor,
        np.conj(np.fft.rfft(_polar(_spectrum(search)), axis=0)),
        _binned(lightness, fine_factor),
        fine_factor,
        compared,
        (slice(top, top + height), slice(left, left + width)),
    )


def _binned(plane: Plane, factor: int) -> Plane:
    """Means of `factor` x `factor` pixels; what is left over at the edge is cut off."""
    rows, columns = plane.shape[0] // factor, plane.shape[1] // factor
    whole = plane[: rows * factor, : columns * factor]
    return np.asarray(
        cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA), dtype=np.float32
    )


def _levelled(plane: Plane) -> Plane:
    """With what surrounds the part at 0, so that the picture has no edges of its own."""
    border = np.concatenate((plane[0], plane[-1], plane[:, 0], plane[:, -1]))
    return plane - np.float32(np.median(border))


def _spectrum(plane: Plane) -> NDArray[np.float32]:
    padded = np.zeros((_SPECTRUM_PX, _SPECTRUM_PX), np.float32)
    padded[: plane.shape[0], : plane.shape[1]] = plane
    return np.asarray(cv2.dft(padded, flags=cv2.DFT_COMPLEX_OUTPUT), dtype=np.float32)


def _polar(spectrum: NDArray[np.float32]) -> Plane:
    """Magnitude over angle (rows, half a turn) and frequency (columns), columns in their sigma."""
    middle = _SPECTRUM_PX // 2
    magnitude = np.sqrt(cv2.magnitude(spectrum[..., 0], spectrum[..., 1]))
    magnitude = np.roll(magnitude, (middle, middle), (0, 1))
    polar = cv2.warpPolar(
        magnitude,
        (_RADII, 2 * _ANGLES),
        (middle, middle),
        _SPECTRUM_PX / 4,
        cv2.WARP_POLAR_LINEAR,
    )[:_ANGLES, _SLOWEST:]
    polar -= polar.mean(axis=0)
    return np.asarray(polar / (polar.std(axis=0) + 1e-9), dtype=np.float32)


def _angle(anchor: _Anchor, spectrum: NDArray[np.float32]) -> float:
    """Degrees from column to row, but for half a turn."""
    seen = np.fft.rfft(_polar(spectrum), axis=0)
    alike = np.fft.irfft((anchor.angular * seen).sum(axis=1), _ANGLES)
    peak = int(alike.argmax())
    before, top, after = alike[peak - 1], alike[peak], alike[(peak + 1) % _ANGLES]
    bend = before - 2.0 * top + after
    return float((peak + (0.5 * (before - after) / bend if bend < 0.0 else 0.0)) * 180.0 / _ANGLES)


def _shifted(anchor: _Anchor, spectrum: NDArray[np.float32], angle_deg: float) -> Motion:
    """The best motion that turns by this angle, in pixels of the search."""
    rows, columns = anchor.search.shape
    middle = ((columns - 1) / 2.0, (rows - 1) / 2.0)
    motion = np.asarray(cv2.getRotationMatrix2D(middle, -angle_deg, 1.0), dtype=np.float64)
    turned = carried(anchor.search, motion, (rows, columns), 0.0)
    product = cv2.mulSpectrums(spectrum, _spectrum(turned), 0, conjB=True)
    alike = cv2.idft(product, flags=cv2.DFT_REAL_OUTPUT | cv2.DFT_SCALE)
    shift = np.array(cv2.minMaxLoc(alike)[3], dtype=np.float64)
    motion[:, 2] += np.where(shift > _SPECTRUM_PX / 2, shift - _SPECTRUM_PX, shift)
    return motion


def _carried_back(fine: Plane, motion: Motion) -> Plane:
    """This picture as if the part lay as taught."""
    back = cv2.warpAffine(
        fine,
        motion,
        (fine.shape[1], fine.shape[0]),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(back, dtype=np.float32)


def _correlation(anchor: _Anchor, back: Plane) -> float:
    inside = anchor.compared > 0
    a, b = anchor.fine[inside], back[inside]
    a, b = a - a.mean(), b - b.mean()
    return float(a @ b / math.sqrt(float(a @ a) * float(b @ b) + _NOTHING))


def _trimmed(anchor: _Anchor, back: Plane) -> float:
    """Correlation without what fits worst: a large stain makes no other part of a part."""
    inside = anchor.compared > 0
    a, b = anchor.fine[inside], back[inside]
    a, b = a - a.mean(), b - b.mean()
    rest = np.abs(b - a * (float(a @ b) / (float(a @ a) + _NOTHING)))
    last = int(_FITTING * (len(rest) - 1))
    kept = rest <= np.partition(rest, last)[last]
    a, b = a[kept] - a[kept].mean(), b[kept] - b[kept].mean()
    return float(a @ b / math.sqrt(float(a @ a) * float(b @ b) + _NOTHING))


def _refined(anchor: _Anchor, back: Plane, motion: Motion, score: float) -> Motion:
    """The motion by the enhanced correlation coefficient; as it was where that finds none.

    It starts from the carried-back picture: OpenCV's own update loses angles over a quarter turn.
    """
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, _ITERATIONS, _PRECISION)
    try:
        refined, rest = cv2.findTransformECC(
            anchor.fine[anchor.box],
            back[anchor.box],
            np.eye(2, 3, dtype=np.float32),
            cv2.MOTION_EUCLIDEAN,
            criteria,
            anchor.compared[anchor.box],
            _SMOOTHING_PX,
        )
    except cv2.error:  # does not converge: nothing there is like the part
        return motion
    if not (math.isfinite(refined) and np.isfinite(rest).all()) or refined < score - _PRECISION:
        return motion
    rows, columns = anchor.box
    corner = _square(np.array([[1.0, 0.0, columns.start], [0.0, 1.0, rows.start]]))
    inner = corner @ _square(np.asarray(rest, dtype=np.float64)) @ np.linalg.inv(corner)
    both = _square(motion) @ inner
    return np.asarray(both[:2], dtype=np.float64)


def _square(motion: Motion) -> NDArray[np.float64]:
    return np.asarray(np.vstack((motion, (0.0, 0.0, 1.0))), dtype=np.float64)


def _rescaled(motion: Motion, factor: float) -> Motion:
    """The same motion where `factor` pixels are one of these; pixel centres are whole numbers."""
    half = (factor - 1.0) / 2.0
    grow = np.array([[factor, 0.0, half], [0.0, factor, half], [0.0, 0.0, 1.0]])
    return np.asarray((grow @ _square(motion) @ np.linalg.inv(grow))[:2], dtype=np.float64)
