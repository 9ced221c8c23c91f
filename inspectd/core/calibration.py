"""From pixels to millimetres in the part's plane."""

import hashlib
from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

Points = NDArray[np.float64]
Homography = Annotated[tuple[float, ...], Field(min_length=9, max_length=9)]

_SMALLEST_DETERMINANT = 1e-12


class Calibration(BaseModel):
    """The plane of the part as one camera sees it.

    `homography` (row-major 3x3) maps pixel centres (column, row, 1) to millimetres (x, y, 1) in
    the part's plane. `length_uncertainty_relative` is the expanded relative uncertainty (k = 2)
    of a length; `edge_uncertainty_px` that of one edge's position. `width_px` and `height_px`
    are the picture this holds for, None where any size will do (a bare scale);
    `camera_serial` the camera, empty where any will do.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: int = Field(1, ge=1, le=1, description="Version of this file's layout.")
    station: str = Field("", max_length=64, description="Station that this was made for.")
    camera_serial: str = Field("", max_length=64, description="Serial of the camera; empty: any.")
    width_px: int | None = Field(None, ge=1, le=65_535, description="Picture width it holds for.")
    height_px: int | None = Field(None, ge=1, le=65_535, description="Picture height it holds for.")
    homography: Homography = Field(description="Row-major 3x3, pixel centres to mm.")
    length_uncertainty_relative: float = Field(
        0.002, ge=0.0, le=0.1, description="Expanded relative uncertainty of a length, k = 2."
    )
    edge_uncertainty_px: float = Field(
        1.0, ge=0.0, le=10.0, description="Expanded uncertainty of an edge's position, k = 2."
    )

    @model_validator(mode="after")
    def _invertible(self) -> Self:
        matrix = np.asarray(self.homography, dtype=np.float64)
        if not np.isfinite(matrix).all() or abs(np.linalg.det(self.matrix)) < _SMALLEST_DETERMINANT:
            msg = "homography must be finite and invertible"
            raise ValueError(msg)
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
        """Map (n, 2) float64 pixel positions (column, row) to (n, 2) mm positions (x, y)."""
        homogeneous = np.column_stack((points_px, np.ones(len(points_px)))) @ self.matrix.T
        return np.asarray(homogeneous[:, :2] / homogeneous[:, 2:], dtype=np.float64)

    def mm_per_px_at(self, column_px: float, row_px: float) -> float:
        """Local scale: square root of the Jacobian's determinant at one pixel, mm per pixel."""
        h = self.matrix
        x, y, w = h @ np.array([column_px, row_px, 1.0])
        jacobian = np.array(
            [
                [(h[0, 0] * w - h[2, 0] * x), (h[0, 1] * w - h[2, 1] * x)],
                [(h[1, 0] * w - h[2, 0] * y), (h[1, 1] * w - h[2, 1] * y)],
            ]
        ) / (w * w)
        return float(np.sqrt(abs(np.linalg.det(jacobian))))
