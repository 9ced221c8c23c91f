"""Least squares for one plane: from the points of a target to a homography."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.calibration import Calibration
from inspectd.core.errors import CalibrationError
from inspectd.core.frame import Points
from inspectd.core.lens import Lens
from inspectd_calibration.detection import Detection

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]

HOMOGRAPHY_PARAMETERS = 8
_FEWEST_POINTS = 9


@dataclass(frozen=True, slots=True, eq=False)
class PlaneFit:
    """A homography, and all that its uncertainty is reckoned from.

    `calibration` has homography and lens only. `residuals_px` (n, 2): seen minus expected, in the
    picture as the lens shows it. `noise_px`: standard deviation of a coordinate, from the
    residuals over the degrees of freedom left. `modes`: calibrations that are each off by one
    standard uncertainty in one of eight independent directions, by the points' noise.
    `more_k1`: what was added to the lens's k1 where that was free, and its standard uncertainty.
    """

    calibration: Calibration
    residuals_px: Points
    noise_px: float
    modes: tuple[Calibration, ...]
    more_k1: tuple[float, float] | None = None


class _Model:
    """A homography in numbers near 1: millimetres and pixels are centred and scaled."""

    def __init__(self, found: Detection, lens: Lens | None) -> None:
        self._lens = lens
        self._found = found
        self._mm = _normaliser(found.points_mm)
        middle = np.array([found.width_px - 1.0, found.height_px - 1.0]) / 2.0
        scale = max(found.width_px, found.height_px) / 2.0
        self._px = np.array([[scale, 0.0, middle[0]], [0.0, scale, middle[1]], [0.0, 0.0, 1.0]])

    def lens(self, more_k1: float) -> Lens | None:
        if self._lens is None or not more_k1:
            return self._lens
        return self._lens.model_copy(update={"k1": self._lens.k1 + more_k1})

    def start(self) -> Vector:
        """By the direct linear transformation, freed from the lens."""
        seen = self._found.points_px
        ideal = seen if self._lens is None else self._lens.undistorted(seen)
        good = np.isfinite(ideal).all(axis=1)
        if int(good.sum()) < _FEWEST_POINTS:
            msg = (
                f"{self._found.name}: the lens has no answer where the target is seen; is it the "
                "lens of this camera?"
            )
            raise CalibrationError(msg)
        # None where there is no homography, which OpenCV's type hints do not know.
        matrix: Any = cv2.findHomography(self._found.points_mm[good], ideal[good])[0]
        if matrix is None:
            msg = f"{self._found.name}: the target's points lie on one line; show it anew"
            raise CalibrationError(msg)
        normal = np.linalg.inv(self._px) @ np.asarray(matrix, np.float64) @ self._mm
        return np.asarray((normal / normal[2, 2]).ravel()[:HOMOGRAPHY_PARAMETERS])

    def residuals(self, parameters: Vector) -> Vector:
        """Expected minus seen, (2 n,) px; a ninth parameter is added to the lens's k1."""
        ideal = _apply(self._to_px(parameters), self._found.points_mm)
        more_k1 = float(parameters[HOMOGRAPHY_PARAMETERS:].sum())
        lens = self.lens(more_k1)
        shown = ideal if lens is None else lens.distorted(ideal)
        return np.asarray((shown - self._found.points_px).ravel())

    def calibration(self, parameters: Vector) -> Calibration:
        """Pixels to millimetres."""
        back = np.linalg.inv(self._to_px(parameters))
        more_k1 = float(parameters[HOMOGRAPHY_PARAMETERS:].sum())
        values = tuple((back / back[2, 2]).ravel().tolist())
        return Calibration(homography=values, lens=self.lens(more_k1))

    def _to_px(self, parameters: Vector) -> Matrix:
        normal = np.append(parameters[:HOMOGRAPHY_PARAMETERS], 1.0).reshape(3, 3)
        return np.asarray(self._px @ normal @ np.linalg.inv(self._mm))


def fit_plane(found: Detection, lens: Lens | None, *, free_k1: bool = False) -> PlaneFit:
    """The homography whose points are nearest to the seen ones, in the picture as it is.

    Maximum likelihood for noise that is the same everywhere in the picture (R. Hartley and A.
    Zisserman, "Multiple View Geometry", 2nd edition, 4.2 and 4.5), by Levenberg and Marquardt's
    method. `free_k1`: fit what is missing in the lens's k1, too. CalibrationError where the points
    do not do.
    """
    from scipy.optimize import least_squares  # noqa: PLC0415 - keeps the commands' start fast

    if len(found.points_px) < _FEWEST_POINTS:
        msg = (
            f"{found.name}: {len(found.points_px)} points of the target are seen, at least "
            f"{_FEWEST_POINTS} are needed: show more of it"
        )
        raise CalibrationError(msg)
    model = _Model(found, lens)
    start = np.append(model.start(), [0.0] if free_k1 else [])
    solved = least_squares(model.residuals, start, method="lm", xtol=1e-10, ftol=1e-12)
    residuals = -solved.fun.reshape(-1, 2)
    freedom = residuals.size - len(solved.x)
    noise_px = float(np.sqrt(np.sum(residuals**2) / freedom))
    roots = noise_px * _root_of_inverse(solved.jac)
    more_k1 = (float(solved.x[-1]), float(np.linalg.norm(roots[-1]))) if free_k1 else None
    modes = tuple(model.calibration(solved.x + root) for root in roots.T)
    return PlaneFit(model.calibration(solved.x), residuals, noise_px, modes, more_k1)


def neutral_lens(width_px: int, height_px: int) -> Lens:
    """A lens without distortion whose axis meets the middle of the picture."""
    return Lens(
        focal_x_px=float(np.hypot(width_px, height_px)),
        focal_y_px=float(np.hypot(width_px, height_px)),
        centre_x_px=(width_px - 1) / 2.0,
        centre_y_px=(height_px - 1) / 2.0,
    )


def _root_of_inverse(jacobian: Matrix) -> Matrix:
    """A square root R of (J'J)^-1, R R' = (J'J)^-1: its columns are independent directions."""
    _, sizes, directions = np.linalg.svd(jacobian, full_matrices=False)
    return np.asarray(directions.T / sizes)


def _normaliser(points: Points) -> Matrix:
    """(3, 3): takes points of about unit size around (0, 0) to `points`."""
    centre = points.mean(axis=0)
    scale = float(np.abs(points - centre).max())
    return np.array([[scale, 0.0, centre[0]], [0.0, scale, centre[1]], [0.0, 0.0, 1.0]])


def _apply(matrix: Matrix, points: Points) -> Points:
    there = np.column_stack((points, np.ones(len(points)))) @ matrix.T
    return np.asarray(there[:, :2] / there[:, 2:])
