"""Files of `calibrate lights` and `calibrate colour`, as TOML holds them."""

from pydantic import BaseModel, ConfigDict, Field

from inspectd.core.calibration import Calibration, Origin
from inspectd.core.errors import CalibrationError
from inspectd.core.lights import CalibratedLight, refuse_lights
from inspectd_calibration.colour import ColourFit
from inspectd_calibration.sphere import LightDirection
from inspectd_calibration.uniformity import Uniformity

Triple = tuple[float, float, float]


class LightEntry(BaseModel):
    """One light."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(description="Name of its pictures.")
    direction: Triple = Field(description="Unit vector: x to the right, y up, z to the camera.")
    azimuth_deg: float = Field(description="0 from the right, 90 from the top of the picture.")
    elevation_deg: float = Field(description="Above the part; 90 is along the camera's axis.")
    uncertainty_deg: float = Field(description="Of reading the picture, k = 2; not of near lights.")
    minimum_over_mean: float | None = Field(None, description="Darkest of 9 x 9 cells to mean.")
    minimum_over_maximum: float | None = Field(None, description="Darkest to brightest cell.")


class LightsFile(BaseModel):
    """All lights of a station."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: int = Field(1, ge=1, le=1, description="Version of this file's layout.")
    lights: tuple[LightEntry, ...]
    origin: Origin


class ColourFile(BaseModel):
    """linear sRGB = matrix @ (white_balance * (camera - black_level)) * exposure.

    Red, green, blue in every list; camera values have 1 at full scale.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: int = Field(1, ge=1, le=1, description="Version of this file's layout.")
    black_level: Triple
    white_balance: Triple = Field(description="SFNC BalanceRatio: green is 1.")
    exposure: float = Field(gt=0.0)
    matrix: tuple[Triple, Triple, Triple] = Field(description="SFNC ColorTransformationValue.")
    ciede2000_raw: float = Field(description="Mean over the patches, without white balance.")
    ciede2000_balanced: float = Field(description="The same with white balance.")
    ciede2000_corrected: float = Field(description="The same with the matrix, too.")
    ciede2000_unseen: float = Field(description="The same, each patch unseen by its fit.")
    origin: Origin


def light_entry(light: LightDirection, evenness: Uniformity | None) -> LightEntry:
    """What the file says of one light."""
    return LightEntry(
        name=light.name,
        direction=light.direction,
        azimuth_deg=light.azimuth_deg,
        elevation_deg=light.elevation_deg,
        uncertainty_deg=light.uncertainty_deg,
        minimum_over_mean=None if evenness is None else evenness.minimum_over_mean,
        minimum_over_maximum=None if evenness is None else evenness.minimum_over_maximum,
    )


def with_lights(calibration: Calibration, file: LightsFile) -> Calibration:
    """The calibration with the directions of this file, sealed anew.

    The directions are read from pictures of the same camera, unturned. CalibrationError where they
    tell no normals apart.
    """
    lights = tuple(
        CalibratedLight(name=light.name, direction=light.direction) for light in file.lights
    )
    if reason := refuse_lights(lights):
        raise CalibrationError(reason)
    return calibration.model_copy(update={"lights": lights}).sealed()


def colour_file(fit: ColourFit, origin: Origin) -> ColourFile:
    """What the file says of a fit."""
    return ColourFile.model_validate(
        {
            "black_level": fit.black_level.tolist(),
            "white_balance": fit.white_balance.tolist(),
            "exposure": fit.exposure,
            "matrix": fit.matrix.tolist(),
            "ciede2000_raw": float(fit.raw.mean()),
            "ciede2000_balanced": float(fit.balanced.mean()),
            "ciede2000_corrected": float(fit.corrected.mean()),
            "ciede2000_unseen": float(fit.unseen.mean()),
            "origin": origin,
        }
    )
