"""From pixels to millimetres in the part's plane."""

import hashlib
from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from inspectd.core.frame import Aoi, Points
from inspectd.core.lens import Lens
from inspectd.core.lights import CalibratedLight, refuse_lights
from inspectd.core.sealed import Sealed, Sha256

Homography = Annotated[tuple[float, ...], Field(min_length=9, max_length=9)]

_SMALLEST_DETERMINANT = 1e-12
_HALF_PX = 0.5
# Along each side of a picture: a lens bends the horizon, but never so fast.
_LOOKS = 9


class Origin(BaseModel):
    """Who made a calibration, when, and of what."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    made_at: str = Field(
        pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00$",
        description="ISO 8601, UTC, with +00:00.",
    )
    made_by: str = Field(max_length=128, description="A person's name or a user's.")
    software_version: str = Field(max_length=64, description="inspectd's.")
    target: str = Field(max_length=256, description="The target, in words.")
    pictures: dict[str, Sha256] = Field(description="SHA-256 of every picture used, by name.")
    dropped: tuple[str, ...] = Field((), description="Pictures that did not fit the others.")
    reprojection_rms_px: float | None = Field(
        None, ge=0.0, le=100.0, description="Root mean square of what the model leaves, px."
    )
    temperature_c: float | None = Field(
        None, ge=-50.0, le=100.0, description="Of the part and the camera's mount, if known."
    )


class Calibration(Sealed):
    """The plane of the part as one camera sees it.

    `homography` (row-major 3x3) maps pixel centres (column, row, 1), freed from the lens's
    distortion where `lens` is given, to millimetres (x, y, 1) in the part's plane.
    `length_uncertainty_relative` is the expanded relative uncertainty (k = 2) of a length;
    `edge_uncertainty_px` that of one edge's position. `width_px`, `height_px` and `aoi` are the
    picture this holds for, None where any will do (a bare scale); `camera_serial` the camera,
    empty where any will do. A person may write one; `inspectd calibrate` seals what it makes with
    `content_sha256`, and a sealed one that was changed is refused.
    """

    schema_version: int = Field(1, ge=1, le=1, description="Version of this file's layout.")
    station: str = Field("", max_length=64, description="Station that this was made for.")
    camera_serial: str = Field("", max_length=64, description="Serial of the camera; empty: any.")
    width_px: int | None = Field(None, ge=1, le=65_535, description="Picture width it holds for.")
    height_px: int | None = Field(None, ge=1, le=65_535, description="Picture height it holds for.")
    aoi: Aoi | None = Field(None, description="Part of the sensor it holds for.")
    valid_days: int | None = Field(
        None, ge=1, le=3_650, description="Days from `origin.made_at`; none: for ever."
    )
    homography: Homography = Field(description="Row-major 3x3, undistorted pixel centres to mm.")
    lens: Lens | None = Field(None, description="Distortion; none: a picture without any.")
    length_uncertainty_relative: float = Field(
        0.002, ge=0.0, le=0.1, description="Expanded relative uncertainty of a length, k = 2."
    )
    edge_uncertainty_px: float = Field(
        1.0, ge=0.0, le=10.0, description="Expanded uncertainty of an edge's position, k = 2."
    )
    origin: Origin | None = Field(None, description="Where it comes from.")
    fields: str = Field(
        "", max_length=255, description="File of dark and flat field beside this one; empty: none."
    )
    fields_sha256: Sha256 | None = Field(None, description="SHA-256 of that file.")
    # Left out where there are none, so that the seal of a calibration without lights stays.
    lights: tuple[CalibratedLight, ...] = Field(
        (),
        max_length=32,
        exclude_if=lambda lights: not lights,
        description="Where the lights of photometric stereo come from; none: no depth from light.",
    )

    @model_validator(mode="after")
    def _invertible(self) -> Self:
        matrix = np.asarray(self.homography, dtype=np.float64)
        if not np.isfinite(matrix).all() or abs(np.linalg.det(self.matrix)) < _SMALLEST_DETERMINANT:
            msg = "homography must be finite and invertible"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.valid_days is not None and self.origin is None:
            msg = "valid_days counts from origin.made_at: give [origin], or no valid_days"
            raise ValueError(msg)
        if bool(self.fields) != (self.fields_sha256 is not None):
            msg = "fields and fields_sha256 belong together"
            raise ValueError(msg)
        if self.lights and (reason := refuse_lights(self.lights)):
            raise ValueError(reason)
        return self

    @classmethod
    def from_scale(cls, mm_per_px: float) -> Self:
        """A camera square to the part, without distortion, `mm_per_px` mm a pixel."""
        return cls(homography=(mm_per_px, 0.0, 0.0, 0.0, mm_per_px, 0.0, 0.0, 0.0, 1.0))

    @property
    def matrix(self) -> NDArray[np.float64]:
        """The homography as (3, 3) float64."""
        return np.asarray(self.homography, dtype=np.float64).reshape(3, 3)

    @property
    def sha256(self) -> str:
        """Hash of the content, as named in every verdict."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def to_mm(self, points_px: Points) -> Points:
        """Map (n, 2) float64 pixel positions (column, row) to (n, 2) mm positions (x, y).

        NaN where the lens has no answer.
        """
        ideal = points_px if self.lens is None else self.lens.undistorted(points_px)
        homogeneous = np.column_stack((ideal, np.ones(len(ideal)))) @ self.matrix.T
        return np.asarray(homogeneous[:, :2] / homogeneous[:, 2:], dtype=np.float64)

    def why_no_plane(self, columns: int, rows: int) -> str:
        """Why a picture of this size has no millimetres everywhere; empty where it has.

        Beyond the horizon of a tilted plane the homography gives finite millimetres, too, of what
        lies behind the camera.
        """
        across, down = np.linspace(0.0, columns - 1.0, _LOOKS), np.linspace(0.0, rows - 1.0, _LOOKS)
        points = np.stack(np.meshgrid(across, down), axis=-1).reshape(-1, 2)
        ideal = points if self.lens is None else self.lens.undistorted(points)
        depth = ideal @ self.matrix[2, :2] + self.matrix[2, 2]
        depth = depth[np.isfinite(depth)]
        if (depth > 0.0).all() or (depth < 0.0).all():
            return ""
        return (
            f"the horizon of its plane runs through a picture of {columns} x {rows} px, and beyond "
            "it nothing has millimetres: calibrate again, with the camera squarer to the part"
        )

    def mm_per_px_at(self, column_px: float, row_px: float) -> float:
        """Local scale: square root of the Jacobian's determinant at one pixel, mm per pixel.

        By central differences over one pixel.
        """
        at = np.array([column_px, row_px])
        step = _HALF_PX * np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
        right, left, below, above = self.to_mm(at + step)
        return float(np.sqrt(abs(np.linalg.det(np.array([right - left, below - above])))))
