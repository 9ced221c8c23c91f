"""A recipe: what counts as a defect on one product, and how its pictures are taken."""

import hashlib
import zlib
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from inspectd.core.rules import (
    Crowded,
    DentRule,
    GuardBand,
    OtherRule,
    RecipeSection,
    Rule,
    ScratchRule,
    StainRule,
    Votes,
    Zone,
    why_names_fail,
)

_LEAST_UM_PER_LEVEL = 0.001


class Shot(RecipeSection):
    """One picture of the shot plan."""

    name: str = Field(pattern=r"^[a-z0-9_-]{1,32}$", description="Name of the shot.")
    light: str = Field("", max_length=32, description="Light to switch on; empty: none.")
    exposure_us: float | None = Field(
        None, ge=1.0, le=10_000_000.0, description="Exposure; none: the camera's setting."
    )
    # Left out where it is none, so that the hash of a recipe without depth pictures stays.
    depth_um_per_level: float | None = Field(
        None,
        ge=-1_000.0,
        le=1_000.0,
        exclude_if=lambda scale: scale is None,
        description="A 16-bit depth picture: height in µm of one level, negative where larger "
        "levels are farther away; levels 0 and 65535: unknown. None: an ordinary picture.",
    )

    @field_validator("depth_um_per_level")
    @classmethod
    def _some_height(cls, scale: float | None) -> float | None:
        if scale is not None and not abs(scale) >= _LEAST_UM_PER_LEVEL:
            msg = f"found {scale:g}; allowed: at least {_LEAST_UM_PER_LEVEL:g} either way"
            raise ValueError(msg)
        return scale


class PictureGate(RecipeSection):
    """What a picture must be like to be judged at all."""

    max_saturated_fraction: float = Field(
        0.05, ge=0.0, le=0.5, description="Share of pixels at full scale above which: NO-VERDICT."
    )
    min_mean_level: float = Field(
        0.04, ge=0.0, le=1.0, description="Mean level (1 is full scale) below which: NO-VERDICT."
    )
    min_focus: float = Field(
        0.8, ge=0.0, le=1.0, description="Share of the taught focus below which: NO-VERDICT."
    )
    max_light_change: float = Field(
        2.5, gt=1.0, le=100.0, description="Brighter or darker by more than taught: NO-VERDICT."
    )
    max_light_gradient: float = Field(
        0.5,
        gt=0.0,
        le=10.0,
        description="Change of light across the picture, against the taught: NO-VERDICT above.",
    )


class Vision(RecipeSection):
    """How pictures are looked at."""

    gamma: float = Field(
        1.0, ge=0.2, le=5.0, description="Sensor gamma to undo: linear = value ** gamma."
    )
    wavelength_px: float = Field(
        10.0, ge=6.0, le=40.0, description="Gabor wavelength in sensor pixels."
    )
    wavelengths_mm: tuple[Annotated[float, Field(gt=0.0, le=1_000.0)], ...] = Field(
        (),
        max_length=4,
        description="Gabor wavelengths in mm, the one that lines are followed by first, each 6 to "
        "40 px of the picture; empty: `wavelength_px` alone.",
    )
    orientations: int = Field(8, ge=4, le=16, multiple_of=2, description="Gabor orientations.")
    texture_threshold: float = Field(
        8.0, ge=2.0, le=100.0, description="Anomaly threshold in robust standard deviations."
    )
    min_area_px: int = Field(20, ge=1, le=1_000_000, description="Smaller regions are noise.")


class Recipe(RecipeSection):
    """Everything that a product change may change."""

    schema_version: int = Field(1, ge=1, le=1, description="Version of this file's layout.")
    name: str = Field("default", pattern=r"^[A-Za-z0-9_.-]{1,64}$", description="Recipe name.")
    number: int = Field(1, ge=1, le=65_535, description="Number that the PLC selects it by.")
    shots: tuple[Shot, ...] = Field(
        (Shot(name="main"),), min_length=1, max_length=16, description="The shot plan, in order."
    )
    scratch: ScratchRule = ScratchRule()
    dent: DentRule = DentRule()
    stain: StainRule = StainRule()
    other: OtherRule = OtherRule()
    guard_band: GuardBand = GuardBand()
    zones: tuple[Zone, ...] = Field((), max_length=32, description="Zones of the part.")
    rules: tuple[Rule, ...] = Field((), max_length=32, description="Rules of one's own.")
    crowded: Crowded = Crowded()
    votes: Votes = Votes()
    picture: PictureGate = PictureGate()
    vision: Vision = Vision()

    @model_validator(mode="after")
    def _shot_names_differ(self) -> Self:
        names = [shot.name for shot in self.shots]
        if len(set(names)) != len(names):
            msg = f"shot names must differ, found {', '.join(names)}"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _zones_and_rules_fit(self) -> Self:
        if why := why_names_fail(self.zones, self.rules):
            raise ValueError(why)
        return self

    @property
    def sha256(self) -> str:
        """Hash of the content, as named in every verdict."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    @property
    def crc32(self) -> int:
        """The same for the PLC's registers: CRC-32 of the content."""
        return zlib.crc32(self.model_dump_json().encode())
