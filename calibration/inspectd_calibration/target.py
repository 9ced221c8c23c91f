"""Calibration targets: what is printed, and where its points are in millimetres."""

from typing import Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from inspectd.core.frame import Points

Kind = Literal["chessboard", "charuco", "dots"]

_SMALLEST_MARKER_SHARE = 0.3


class Target(BaseModel):
    """A flat target with a regular grid of points.

    `columns` x `rows` counts the points that are measured: inner corners of a chessboard or
    ChArUco board, centres of dots. `pitch_mm` is their distance, so also the side of a square.
    `marker_mm` is the side of a ChArUco marker, which are of OpenCV's dictionary DICT_5X5_1000;
    a dot is half a pitch wide.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind = Field(description="chessboard, charuco or dots.")
    columns: int = Field(ge=3, le=100, description="Points in a row.")
    rows: int = Field(ge=3, le=100, description="Points in a column.")
    pitch_mm: float = Field(gt=0.0, le=1_000.0, description="Distance of neighbouring points.")
    marker_mm: float | None = Field(None, gt=0.0, description="Side of a ChArUco marker.")
    flatness_mm: float = Field(
        0.0, ge=0.0, le=10.0, description="By how much the sheet may stand off its plane."
    )
    pitch_uncertainty_relative: float = Field(
        0.0005,
        ge=0.0,
        le=0.05,
        description="Expanded relative uncertainty of the pitch (k = 2), from the certificate or "
        "from measuring the printed rule.",
    )

    @model_validator(mode="after")
    def _marker(self) -> Self:
        if (self.kind == "charuco") != (self.marker_mm is not None):
            msg = "marker_mm belongs to a charuco target, and to no other"
            raise ValueError(msg)
        if self.marker_mm is not None and not (
            _SMALLEST_MARKER_SHARE * self.pitch_mm <= self.marker_mm < self.pitch_mm
        ):
            msg = "marker_mm must be smaller than pitch_mm, and at least 0.3 of it"
            raise ValueError(msg)
        return self

    @property
    def points_mm(self) -> Points:
        """(columns * rows, 2) float64: x to the right, y down, row by row, (0, 0) the first."""
        x, y = np.meshgrid(np.arange(self.columns), np.arange(self.rows))
        return self.pitch_mm * np.column_stack((x.ravel(), y.ravel())).astype(np.float64)

    @property
    def words(self) -> str:
        """One line for a report."""
        return f"{self.kind} {self.columns} x {self.rows}, pitch {self.pitch_mm:g} mm"
