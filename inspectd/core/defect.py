"""A defect: one thing found on a part, measured in millimetres."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import Field

Polygon = tuple[tuple[float, float], ...]


class DefectKind(StrEnum):
    """The classes that the line contract counts; `OTHER` is an anomaly of none of them."""

    SCRATCH = "scratch"
    DENT = "dent"
    STAIN = "stain"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Defect:
    """One defect, in the part's plane.

    `contour_mm` is a closed polygon in the calibrated plane. `uncertainty_mm` is the expanded
    uncertainty (k = 2) of `length_mm`, `width_mm` and `diameter_mm`; `area_uncertainty_mm2` that
    of `area_mm2`. Depth and volume, of a hollow, with expanded uncertainties of their own, are None
    where no depth was measured. `contrast` is the mean difference to the surroundings as a fraction
    of full scale, negative where darker, and 0 where a relief was measured. `cut`: it reaches the
    picture's edge, so that every size is a lower bound.

    Of a scratch: `max_width_mm`, where it is widest (`width_mm` is the median along it), and
    `direction_deg` from end to end, 0 along x, 90 along y, below 180. Of a stain in a colour
    picture: `delta_e`, its colour difference CIEDE2000 to the surface around it, and `hue_deg`, its
    CIELAB hue angle. None where not measured: in a grey picture a stain is told by lightness only.
    `in_grain`: a faint line along the surface's grain, which may be a streak of it. `clipped`: at
    or beside it are pixels at full scale, which hide how far it reaches. `hides`: a stain or a
    scratch that something else may lie in or under, or an anomaly of no class that is shaded as a
    dent: not tolerated within its own limit.
    """

    kind: DefectKind
    length_mm: float
    width_mm: float
    diameter_mm: float
    area_mm2: float
    depth_mm: float | None
    uncertainty_mm: float
    area_uncertainty_mm2: float
    contrast: float
    shot: str
    contour_mm: Annotated[Polygon, Field(description="(x, y) in mm, to 1 µm.")]
    # The same as (column, row) in the picture of `shot`: for who has that picture, so in no JSON.
    contour_px: Annotated[Polygon, Field(exclude=True)] = ()
    cut: bool = False
    depth_uncertainty_mm: float | None = None
    volume_mm3: float | None = None
    volume_uncertainty_mm3: float | None = None
    max_width_mm: float | None = None
    direction_deg: float | None = None
    hue_deg: float | None = None
    delta_e: float | None = None
    in_grain: bool = False
    clipped: bool = False
    hides: bool = False
