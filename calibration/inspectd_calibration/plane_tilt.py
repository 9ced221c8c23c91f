"""How a plane stands before the camera: tilt, distance, and the angles it is seen at."""

import numpy as np
from numpy.typing import NDArray

from inspectd.core.calibration import Calibration
from inspectd.core.frame import Points
from inspectd_calibration.camera_fit import Pose
from inspectd_calibration.detection import Detection

_HALF_PX = 0.5


def working_distance_mm(pose: Pose) -> float:
    """From the lens's centre to the plane, along the optical axis."""
    normal = pose.rotation[:, 2]
    return float(normal @ pose.translation_mm / normal[2])


def tilt_deg(found: Detection, calibration: Calibration) -> float:
    """Angle between the plane and the picture, the lens not being known.

    From how much shorter a length looks along the slope in the middle of the picture; needs square
    pixels, and is blunt below a few degrees.
    """
    small, large = np.linalg.svd(_px_per_mm(found, calibration), compute_uv=False)[::-1]
    return float(np.degrees(np.arccos(np.clip(small / large, 0.0, 1.0))))


def off_plane_slopes(
    found: Detection, calibration: Calibration, pose: Pose | None, distance_mm: float | None
) -> Points:
    """By how many mm each point seems shifted when it stands one mm off the plane: (n, 2).

    With a pose, from the rays to the points. Without, from the tilt, and for a lens at
    `distance_mm` from the point's way to the middle of the picture; None: a telecentric lens.
    """
    if pose is not None:
        rays = found.points_mm @ pose.rotation[:, :2].T + pose.translation_mm
        seen = rays @ pose.rotation
        return np.asarray(seen[:, :2] / seen[:, 2:])
    _, _, directions = np.linalg.svd(_px_per_mm(found, calibration))
    tilt = np.tan(np.radians(tilt_deg(found, calibration))) * directions[1]
    slopes = np.tile(tilt, (len(found.points_mm), 1))
    if distance_mm is not None:
        slopes = slopes + (found.points_mm - _middle_mm(found, calibration)) / distance_mm
    return np.asarray(slopes)


def _px_per_mm(found: Detection, calibration: Calibration) -> NDArray[np.float64]:
    """The Jacobian in the middle of the picture, by central differences over one pixel."""
    steps = _HALF_PX * np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    right, left, below, above = calibration.to_mm(_middle_px(found) + steps)
    return np.asarray(np.linalg.inv(np.column_stack((right - left, below - above))))


def _middle_px(found: Detection) -> NDArray[np.float64]:
    return np.array([found.width_px - 1.0, found.height_px - 1.0]) / 2.0


def _middle_mm(found: Detection, calibration: Calibration) -> NDArray[np.float64]:
    return np.asarray(calibration.to_mm(_middle_px(found)[None])[0])
