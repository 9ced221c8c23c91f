"""The file that `inspectd calibrate camera` writes and `inspectd calibrate plane` reads."""

from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from inspectd.core.calibration import Origin
from inspectd.core.lens import Lens
from inspectd.core.sealed import Sealed

_Row = Annotated[tuple[float, ...], Field(min_length=9, max_length=9)]
_ROUNDING = 1e-9


class LensFile(Sealed):
    """A lens as one camera's views of a target show it.

    `covariance` is that of fx, fy, cx, cy, k1, k2, p1, p2, k3, from the residuals. It holds for
    pictures of this size, of the same area of interest, as the lens was focused then.
    """

    schema_version: int = Field(1, ge=1, le=1, description="Version of this file's layout.")
    width_px: int = Field(ge=1, le=65_535, description="Picture width it holds for.")
    height_px: int = Field(ge=1, le=65_535, description="Picture height it holds for.")
    lens: Lens = Field(description="Focal lengths, centre and distortion.")
    covariance: Annotated[tuple[_Row, ...], Field(min_length=9, max_length=9)] = Field(
        description="Of the lens's nine numbers, in their order."
    )
    origin: Origin = Field(description="Where it comes from.")

    @model_validator(mode="after")
    def _covariance(self) -> Self:
        matrix = self.covariance_matrix
        if not np.isfinite(matrix).all() or (np.diag(matrix) < 0.0).any():
            msg = "covariance must be finite, and its diagonal not negative"
            raise ValueError(msg)
        spread = np.sqrt(np.outer(np.diag(matrix), np.diag(matrix)))
        if (np.abs(matrix - matrix.T) > _ROUNDING * spread).any():
            msg = "covariance must be symmetric"
            raise ValueError(msg)
        return self

    @property
    def covariance_matrix(self) -> NDArray[np.float64]:
        """The covariance as (9, 9) float64."""
        return np.asarray(self.covariance, dtype=np.float64)
