"""The demo's calibration, made as a user makes one: of a picture of a target where the parts lie.

The target is rendered by the same camera that sees the rendered parts.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
from inspectd_calibration.detect import detect
from inspectd_calibration.plane import calibrate_plane
from inspectd_calibration.target import Target

from inspectd import __version__
from inspectd.core.calibration import Calibration, Origin
from inspectd.core.errors import ConfigurationError
from inspectd.core.frame import Aoi, Pixels
from inspectd.core.lens import Lens
from inspectd.simulate.board import render_board

TARGET = Target(kind="chessboard", columns=9, rows=7, pitch_mm=6.0)
PICTURE = "target.png"
VALID_DAYS = 30
_FOCAL_PX = 10_000.0
_BLUR_PX = 0.7
_NOISE = 1.0
_SEED = 20_261


@dataclass(frozen=True, slots=True)
class DemoCamera:
    """The camera that looks straight down at the parts, `mm_per_px` mm a pixel."""

    station: str
    serial: str
    width_px: int
    height_px: int
    mm_per_px: float


def make_calibration(folder: Path, camera: DemoCamera) -> Calibration:
    """Render the target into `folder`, find it, and seal what it says of the parts' plane.

    ConfigurationError where the picture cannot be written, CalibrationError where the target is
    not found in it: it is made for a field of view of 60 x 50 mm.
    """
    pixels = _target_picture(camera)
    _, png = cv2.imencode(".png", pixels)
    picture = folder / PICTURE
    try:
        picture.write_bytes(png.tobytes())
    except OSError as error:
        msg = f"{picture}: cannot be written: {error.strerror}"
        raise ConfigurationError(msg) from None
    found = detect(pixels, TARGET, PICTURE)
    result = calibrate_plane(found, TARGET, None)
    origin = Origin(
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        made_by="inspectd demo",
        software_version=__version__,
        target=f"{TARGET.words}, rendered",
        pictures={PICTURE: hashlib.sha256(png.tobytes()).hexdigest()},
        reprojection_rms_px=result.rms_px,
    )
    known = {
        "station": camera.station,
        "camera_serial": camera.serial,
        "aoi": Aoi(),
        "valid_days": VALID_DAYS,
        "origin": origin,
    }
    return result.calibration.model_copy(update=known).sealed()


def _target_picture(camera: DemoCamera) -> Pixels:
    """The target in the middle of the picture, square to the camera."""
    width, height = camera.width_px, camera.height_px
    lens = Lens(
        focal_x_px=_FOCAL_PX,
        focal_y_px=_FOCAL_PX,
        centre_x_px=(width - 1) / 2.0,
        centre_y_px=(height - 1) / 2.0,
    )
    middle_mm = TARGET.points_mm.mean(axis=0)
    return render_board(
        TARGET,
        lens,
        np.eye(3),
        np.array([*-middle_mm, _FOCAL_PX * camera.mm_per_px]),
        width_px=width,
        height_px=height,
        blur_px=_BLUR_PX,
        noise=_NOISE,
        rng=np.random.default_rng(_SEED),
    )
