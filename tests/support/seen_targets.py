"""Targets as an ideal camera would see them: points only, with noise, no picture."""

import cv2
import numpy as np
from inspectd_calibration.detection import Detection
from inspectd_calibration.target import Target
from numpy.typing import NDArray

from inspectd.core.frame import Points
from inspectd.core.lens import Lens

LENS = Lens(
    focal_x_px=1500.0,
    focal_y_px=1502.0,
    centre_x_px=522.0,
    centre_y_px=376.0,
    k1=-0.12,
    k2=0.05,
    p1=0.0004,
    p2=-0.0003,
)
WIDTH_PX, HEIGHT_PX = 1024, 768
TARGET = Target(kind="chessboard", columns=13, rows=9, pitch_mm=10.0)


def turned(tilt_deg: float, slope_deg: float, roll_deg: float = 0.0) -> NDArray[np.float64]:
    """(3, 3): rolled in its plane, then tilted about an axis at `slope_deg` in the picture."""
    axis = np.radians(tilt_deg) * np.array(
        [np.cos(np.radians(slope_deg)), np.sin(np.radians(slope_deg)), 0.0]
    )
    roll = np.radians(roll_deg) * np.array([0.0, 0.0, 1.0])
    return np.asarray(cv2.Rodrigues(axis)[0] @ cv2.Rodrigues(roll)[0], np.float64)


def seen(
    rotation: NDArray[np.float64],
    centre_mm: tuple[float, float, float],
    rng: np.random.Generator,
    *,
    noise_px: float = 0.03,
    name: str = "a.png",
    lens: Lens = LENS,
    target: Target = TARGET,
    off_plane_mm: NDArray[np.float64] | None = None,
) -> Detection:
    """What is found of a target whose middle is at `centre_mm` before the camera."""
    points_mm = target.points_mm
    middle = points_mm.mean(axis=0)
    height = np.zeros(len(points_mm)) if off_plane_mm is None else off_plane_mm
    there = np.column_stack((points_mm - middle, height)) @ rotation.T + np.array(centre_mm)
    points_px = pixels(there, lens)
    return Detection(
        name=name,
        width_px=WIDTH_PX,
        height_px=HEIGHT_PX,
        ids=np.arange(len(points_mm)),
        points_px=points_px + rng.normal(0.0, noise_px, points_px.shape),
        points_mm=points_mm,
    )


def pixels(there_mm: NDArray[np.float64], lens: Lens = LENS) -> Points:
    """Where the lens shows (n, 3) points before the camera."""
    focal = np.array([lens.focal_x_px, lens.focal_y_px])
    centre = np.array([lens.centre_x_px, lens.centre_y_px])
    return lens.distorted(focal * there_mm[:, :2] / there_mm[:, 2:] + centre)


def views(count: int, rng: np.random.Generator, **changes: float) -> list[Detection]:
    """So many good views: tilted 10 to 40 degrees, all over the picture."""
    found = []
    for number in range(count):
        rotation = turned(rng.uniform(10.0, 40.0), rng.uniform(0.0, 360.0), rng.uniform(-20, 20))
        x, y = rng.uniform(-45.0, 45.0), rng.uniform(-30.0, 30.0)
        z = rng.uniform(230.0, 300.0)
        found.append(seen(rotation, (x, y, z), rng, name=f"{number}.png", **changes))  # type: ignore[arg-type] # floats only
    return found
