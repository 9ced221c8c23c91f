"""What a lens does to straight lines, and how to undo it."""

from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from inspectd.core.frame import Points

Coefficient = Annotated[float, Field(ge=-100.0, le=100.0)]

# Newton's method is there after three or four steps within any lens that a plane can be seen by.
_STEPS = 20
_CLOSE_ENOUGH = 1e-12
# A billionth of the focal length.
_SAME = 1e-9


class Lens(BaseModel):
    """A pinhole with radial and tangential distortion; all zero but the first four: no distortion.

    D. C. Brown, "Close-range camera calibration", Photogrammetric Engineering 37 (1971); the
    coefficients and their order k1, k2, p1, p2, k3 are OpenCV's (calib3d). Pixel positions are of
    pixel centres, (column, row), (0, 0) the middle of the first pixel.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    focal_x_px: float = Field(gt=0.0, le=1e6, description="Focal length along the columns.")
    focal_y_px: float = Field(gt=0.0, le=1e6, description="Focal length along the rows.")
    centre_x_px: float = Field(ge=-1e5, le=1e5, description="Column of the optical axis.")
    centre_y_px: float = Field(ge=-1e5, le=1e5, description="Row of the optical axis.")
    k1: Coefficient = Field(0.0, description="Radial, square.")
    k2: Coefficient = Field(0.0, description="Radial, fourth power.")
    p1: Coefficient = Field(0.0, description="Tangential.")
    p2: Coefficient = Field(0.0, description="Tangential.")
    k3: Coefficient = Field(0.0, description="Radial, sixth power.")

    @model_validator(mode="after")
    def _finite(self) -> Self:
        if not np.isfinite(list(self.model_dump().values())).all():
            msg = "a lens has finite numbers"
            raise ValueError(msg)
        return self

    @property
    def matrix(self) -> NDArray[np.float64]:
        """OpenCV's camera matrix, (3, 3) float64."""
        return np.array(
            [
                [self.focal_x_px, 0.0, self.centre_x_px],
                [0.0, self.focal_y_px, self.centre_y_px],
                [0.0, 0.0, 1.0],
            ]
        )

    @property
    def distortion(self) -> NDArray[np.float64]:
        """OpenCV's distortion coefficients, (5,) float64: k1, k2, p1, p2, k3."""
        return np.array([self.k1, self.k2, self.p1, self.p2, self.k3])

    def distorted(self, points_px: Points) -> Points:
        """Where the lens shows what a pinhole would show at `points_px`; both (n, 2) float64."""
        ideal = self._normalised(points_px)
        return self._pixels(self._bent(ideal)[0])

    def undistorted(self, points_px: Points) -> Points:
        """Where a pinhole would show what the lens shows at `points_px`; both (n, 2) float64.

        By Newton's method. NaN where the model has no answer: so far out that it folds back.
        """
        shown = self._normalised(points_px)
        ideal = shown.copy()
        for _ in range(_STEPS):
            with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
                bent, jacobian = self._bent(ideal)
                missing = bent - shown
                determinant = jacobian[:, 0] * jacobian[:, 3] - jacobian[:, 1] * jacobian[:, 2]
                step = (
                    np.column_stack(
                        (
                            jacobian[:, 3] * missing[:, 0] - jacobian[:, 1] * missing[:, 1],
                            jacobian[:, 0] * missing[:, 1] - jacobian[:, 2] * missing[:, 0],
                        )
                    )
                    / determinant[:, None]
                )
            ideal -= step
            # A point that runs away must not end the search for the others.
            if not (np.abs(step) > _CLOSE_ENOUGH).any():
                break
        with np.errstate(over="ignore", invalid="ignore"):
            bent, jacobian = self._bent(ideal)
        # Where the picture is folded over, or turned through the axis, the model has left the lens.
        determinant = jacobian[:, 0] * jacobian[:, 3] - jacobian[:, 1] * jacobian[:, 2]
        upright = (determinant > 0.0) & (jacobian[:, 0] + jacobian[:, 3] > 0.0)
        ideal[~(upright & (np.abs(bent - shown).max(axis=1) < _SAME))] = np.nan
        return self._pixels(ideal)

    def _normalised(self, points_px: Points) -> Points:
        centre = np.array([self.centre_x_px, self.centre_y_px])
        focal = np.array([self.focal_x_px, self.focal_y_px])
        return np.asarray((np.asarray(points_px, dtype=np.float64) - centre) / focal)

    def _pixels(self, normalised: Points) -> Points:
        focal = np.array([self.focal_x_px, self.focal_y_px])
        centre = np.array([self.centre_x_px, self.centre_y_px])
        return np.asarray(normalised * focal + centre)

    def _bent(self, at: Points) -> tuple[Points, NDArray[np.float64]]:
        """The distortion in normalised coordinates, and its Jacobian as (n, 4): xx, xy, yx, yy."""
        x, y = at[:, 0], at[:, 1]
        square = x * x + y * y
        radial = 1.0 + square * (self.k1 + square * (self.k2 + square * self.k3))
        growth = 2.0 * (self.k1 + square * (2.0 * self.k2 + 3.0 * self.k3 * square))
        bent = np.column_stack(
            (
                x * radial + 2.0 * self.p1 * x * y + self.p2 * (square + 2.0 * x * x),
                y * radial + self.p1 * (square + 2.0 * y * y) + 2.0 * self.p2 * x * y,
            )
        )
        mixed = x * y * growth + 2.0 * self.p1 * x + 2.0 * self.p2 * y
        jacobian = np.column_stack(
            (
                radial + x * x * growth + 2.0 * self.p1 * y + 6.0 * self.p2 * x,
                mixed,
                mixed,
                radial + y * y * growth + 6.0 * self.p1 * y + 2.0 * self.p2 * x,
            )
        )
        return bent, jacobian
