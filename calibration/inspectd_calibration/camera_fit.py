"""Least squares for one camera: its lens from many views, and where a target stands in one."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.errors import CalibrationError
from inspectd.core.frame import Points
from inspectd.core.lens import Lens
from inspectd_calibration.detection import Detection

Matrix = NDArray[np.float64]

LENS_PARAMETERS = 9
_POSE_PARAMETERS = 6
# A pose of a flat target has 6 unknowns, and 4 points give it two equations to spare.
_FEWEST_POINTS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """Where a target stands before the camera, and how far its points are from where they should.

    `rotation` (3, 3) and `translation_mm` (3,) float64 take the target's x, y, 0 to the camera's
    x to the right, y down, z away from it. `residuals_px` (n, 2): seen minus expected. `normals`
    (15, 15): J'J of the residuals over rotation, translation and the nine of the lens.
    """

    name: str
    rotation: Matrix
    translation_mm: NDArray[np.float64]
    residuals_px: Points
    normals: Matrix

    @property
    def rms_px(self) -> float:
        """Root mean square distance of the points from where they should be."""
        return rms(self.residuals_px)

    @property
    def tilt_deg(self) -> float:
        """Angle between the optical axis and the target's normal."""
        normal = self.rotation[:, 2]
        return float(np.degrees(np.arctan2(np.hypot(normal[0], normal[1]), abs(normal[2]))))


@dataclass(frozen=True, slots=True, eq=False)
class LensFit:
    """A lens, the (9, 9) covariance of fx, fy, cx, cy, k1, k2, p1, p2, k3, and the views' poses."""

    lens: Lens
    covariance: Matrix
    poses: tuple[Pose, ...]

    @property
    def rms_px(self) -> float:
        """Root mean square distance over all points of all views."""
        return rms(np.concatenate([pose.residuals_px for pose in self.poses]))


def rms(residuals_px: Points) -> float:
    """Root of the mean square length of (n, 2) vectors."""
    return float(np.sqrt(np.mean(np.sum(residuals_px**2, axis=1))))


def fit_lens(detections: Sequence[Detection]) -> LensFit:
    """The lens that explains all views best.

    Z. Zhang, "A flexible new technique for camera calibration", IEEE PAMI 22 (2000), as in OpenCV's
    `calibrateCamera`, with k1, k2, p1, p2, k3. CalibrationError where it finds none.
    """
    size = (detections[0].width_px, detections[0].height_px)
    try:
        _, matrix, distortion, _, _ = cv2.calibrateCamera(
            [_on_target(found) for found in detections],
            [found.points_px.astype(np.float32) for found in detections],
            size,
            np.eye(3),
            np.zeros(5),
        )
        lens = _lens(np.asarray(matrix, np.float64), np.asarray(distortion, np.float64).ravel())
    except (cv2.error, ValueError):
        msg = (
            f"no lens explains these {len(detections)} views: look whether they are all of one "
            "camera and one target, and take them anew with the target tilted 20 to 45 degrees"
        )
        raise CalibrationError(msg) from None
    poses = tuple(fit_pose(lens, found) for found in detections)
    return LensFit(lens, _covariance(poses), poses)


def fit_pose(lens: Lens, found: Detection) -> Pose:
    """Where the target stands, the lens being known.

    By Levenberg and Marquardt's method (OpenCV's `solvePnP`). CalibrationError for fewer than six
    points.
    """
    if len(found.points_px) < _FEWEST_POINTS:
        msg = (
            f"{found.name}: {len(found.points_px)} points of the target are seen, at least "
            f"{_FEWEST_POINTS} are needed: show more of it"
        )
        raise CalibrationError(msg)
    points = _on_target(found).astype(np.float64)
    _, turn, move = cv2.solvePnP(
        points, found.points_px, lens.matrix, lens.distortion, flags=cv2.SOLVEPNP_ITERATIVE
    )
    expected, jacobian = cv2.projectPoints(points, turn, move, lens.matrix, lens.distortion)
    columns = np.asarray(jacobian, np.float64)[:, : _POSE_PARAMETERS + LENS_PARAMETERS]
    return Pose(
        found.name,
        np.asarray(cv2.Rodrigues(turn)[0], np.float64),
        np.asarray(move, np.float64).ravel(),
        found.points_px - np.asarray(expected, np.float64).reshape(-1, 2),
        columns.T @ columns,
    )


def _on_target(found: Detection) -> NDArray[np.float32]:
    depth = np.zeros((len(found.points_mm), 1))
    return np.hstack((found.points_mm, depth)).astype(np.float32)


def _lens(matrix: Matrix, distortion: Matrix) -> Lens:
    k1, k2, p1, p2, k3 = distortion.tolist()
    return Lens(
        focal_x_px=float(matrix[0, 0]),
        focal_y_px=float(matrix[1, 1]),
        centre_x_px=float(matrix[0, 2]),
        centre_y_px=float(matrix[1, 2]),
        k1=k1,
        k2=k2,
        p1=p1,
        p2=p2,
        k3=k3,
    )


def _covariance(poses: Sequence[Pose]) -> Matrix:
    """Of the lens's nine, the poses being unknown, too (their Schur complement).

    The variance of a coordinate comes from the residuals, over the degrees of freedom left.
    """
    reduced = np.zeros((LENS_PARAMETERS, LENS_PARAMETERS))
    for pose in poses:
        of_pose, across = pose.normals[:6, :6], pose.normals[:6, 6:]
        reduced += pose.normals[6:, 6:] - across.T @ np.linalg.solve(of_pose, across)
    squares = sum(float(np.sum(pose.residuals_px**2)) for pose in poses)
    equations = 2 * sum(len(pose.residuals_px) for pose in poses)
    freedom = equations - LENS_PARAMETERS - _POSE_PARAMETERS * len(poses)
    # The parameters' sizes differ by ten powers of ten: scaled to a unit diagonal before inverting.
    scale = 1.0 / np.sqrt(np.diag(reduced))
    inverse = np.linalg.pinv(reduced * np.outer(scale, scale), hermitian=True)
    return np.asarray(squares / max(freedom, 1) * inverse * np.outer(scale, scale))
