"""One picture as it left the camera, and the pictures of one part that one camera took."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

Pixels = NDArray[np.uint8] | NDArray[np.uint16]
# Positions, (n, 2) float64: column and row in px, or x and y in mm.
Points = NDArray[np.float64]


class Aoi(BaseModel):
    """The part of the sensor that a picture shows, in the names of the SFNC."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    offset_x_px: int = Field(0, ge=0, le=65_535, description="OffsetX.")
    offset_y_px: int = Field(0, ge=0, le=65_535, description="OffsetY.")
    binning_x: int = Field(1, ge=1, le=16, description="BinningHorizontal.")
    binning_y: int = Field(1, ge=1, le=16, description="BinningVertical.")


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A picture and what is known of its taking.

    `pixels`: (rows, columns) uint8 or uint16, or (rows, columns, 3) uint8 in B, G, R order;
    owned by this frame, not by the driver's buffer. `received_ns`: CLOCK_MONOTONIC when the
    driver handed it over.
    """

    pixels: Pixels
    shot: str
    received_ns: int


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """All shots of one part by one camera, in the order of the recipe's shot plan.

    `aoi`: what they show of the sensor; None where nobody knows (a picture file).
    """

    frames: tuple[Frame, ...]
    camera_serial: str
    simulated: bool
    aoi: Aoi | None = None
