"""What a recipe says of defects: limits of the classes, zones of the part, rules of one's own."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from inspectd.core.defect import DefectKind
from inspectd.core.polygon import FEWEST_CORNERS, Polygon, why_no_polygon

Outcome = Literal["fail", "review"]
LengthMm = Annotated[float, Field(gt=0.0, le=10_000.0)]
AreaMm2 = Annotated[float, Field(gt=0.0, le=1_000_000.0)]
Coordinate = Annotated[float, Field(ge=-10_000.0, le=10_000.0)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class RecipeSection(BaseModel):
    """Frozen, and refusing unknown keys and numbers that are none: a mistake is no default."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ScratchRule(RecipeSection):
    """Scratches: long and thin."""

    max_length_mm: LengthMm = Field(5.0, description="Longer is a defect.")


class DentRule(RecipeSection):
    """Dents: a hollow that shades the light."""

    max_diameter_mm: LengthMm = Field(2.0, description="Wider is a defect.")
    # Left out where it is none, so that the hash of a recipe without it stays.
    depth_scale: float | None = Field(
        None,
        ge=0.1,
        le=10.0,
        exclude_if=lambda scale: scale is None,
        description="True depth over what a matt surface would have; none: finish unknown.",
    )


class StainRule(RecipeSection):
    """Stains: another colour or lightness than the surface."""

    max_area_mm2: AreaMm2 = Field(10.0, description="Larger is a defect.")


class OtherRule(RecipeSection):
    """Anomalies of none of the three classes."""

    max_area_mm2: AreaMm2 = Field(10.0, description="Larger is a defect.")
    outcome: Outcome = Field("review", description="What such a part gets.")


class GuardBand(RecipeSection):
    """ISO 14253-1: a size whose uncertainty interval holds the limit is neither in nor out."""

    outcome: Outcome = Field("review", description="What a part inside the guard band gets.")


class ZoneScratch(RecipeSection):
    """Scratches in this zone."""

    max_length_mm: LengthMm = Field(description="Longer is a defect here.")


class ZoneDent(RecipeSection):
    """Dents in this zone."""

    max_diameter_mm: LengthMm = Field(description="Wider is a defect here.")


class ZoneArea(RecipeSection):
    """Stains, or anomalies of no class, in this zone."""

    max_area_mm2: AreaMm2 = Field(description="Larger is a defect here.")


def _polygon(corners: Polygon) -> Polygon:
    if why := why_no_polygon(corners):
        raise ValueError(why)
    return corners


class Zone(RecipeSection):
    """A part of the surface with limits of its own, or without any (`ignore`).

    A zone lies over those listed before it. A class that it does not name keeps the recipe's limit.
    """

    name: Name = Field(description="Name of the zone.")
    polygon_mm: Annotated[
        tuple[tuple[Coordinate, Coordinate], ...],
        Field(min_length=FEWEST_CORNERS, max_length=256),
        AfterValidator(_polygon),
    ] = Field(description="Corners [x, y] on the part, in mm; the last joins the first.")
    ignore: bool = Field(
        default=False, description="Whatever lies wholly in this zone is no defect."
    )
    scratch: ZoneScratch | None = None
    dent: ZoneDent | None = None
    stain: ZoneArea | None = None
    other: ZoneArea | None = None

    @model_validator(mode="after")
    def _limits_or_none(self) -> Self:
        if self.ignore and any((self.scratch, self.dent, self.stain, self.other)):
            msg = f"zone {self.name} has limits and is ignored: remove one of the two"
            raise ValueError(msg)
        return self


class Rule(RecipeSection):
    """So many defects of such a size, near each other: what one limit a class cannot say.

    Every size given must be reached. With `within_mm`, at least `count` such defects must lie no
    farther than that from one of them, measured from outline to outline.
    """

    name: Name = Field(description="Name of the rule.")
    text: str = Field("", max_length=200, description="The rule in words, for the verdict.")
    kinds: tuple[DefectKind, ...] = Field(
        min_length=1,
        max_length=len(DefectKind),
        description="Classes that it counts: scratch, dent, stain, other.",
    )
    min_length_mm: LengthMm | None = Field(None, description="Counts from this length.")
    min_width_mm: LengthMm | None = Field(None, description="Counts from this width.")
    min_diameter_mm: LengthMm | None = Field(None, description="Counts from this diameter.")
    min_area_mm2: AreaMm2 | None = Field(None, description="Counts from this area.")
    min_depth_mm: LengthMm | None = Field(
        None, description="Counts from this depth, or where no depth was measured; dents only."
    )
    count: int = Field(1, ge=1, le=100, description="So many or more are too many.")
    within_mm: LengthMm | None = Field(None, description="How near they lie; none: anywhere.")
    zone: str | None = Field(None, description="Only what touches this zone; none: everywhere.")
    outcome: Outcome = Field("fail", description="What such a part gets.")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.within_mm is not None and self.count == 1:
            msg = f"rule {self.name}: within_mm needs a count of 2 or more"
            raise ValueError(msg)
        if self.min_depth_mm is not None and set(self.kinds) != {DefectKind.DENT}:
            msg = f'rule {self.name}: min_depth_mm needs kinds = ["dent"]'
            raise ValueError(msg)
        return self


class Crowded(RecipeSection):
    """A picture with more, or larger, anomalies than can be looked at in time."""

    outcome: Literal["no_verdict", "fail"] = Field(
        "no_verdict", description="What a part gets that shows too many anomalies to judge."
    )


class Votes(RecipeSection):
    """The learned models that must be heard."""

    required: tuple[Name, ...] = Field(
        (), max_length=16, description="Models without whose vote a part is NO-VERDICT."
    )


def why_names_fail(zones: tuple[Zone, ...], rules: tuple[Rule, ...]) -> str:
    """What is wrong between zones and rules, by section and key; empty: nothing."""
    for section, names in (("zones", [z.name for z in zones]), ("rules", [r.name for r in rules])):
        for number, name in enumerate(names, 1):
            if name in names[: number - 1]:
                return (
                    f"[{section} {number}] name: found {name!r} again; allowed: a name of its own"
                )
    ignored = {zone.name: zone.ignore for zone in zones}
    for number, rule in enumerate(rules, 1):
        if rule.zone is None:
            continue
        if rule.zone not in ignored:
            known = ", ".join(ignored) or "none, as the recipe has no [[zones]]"
            return f"[rules {number}] zone: found {rule.zone!r}; allowed: {known}"
        if ignored[rule.zone]:
            return f"[rules {number}] zone: {rule.zone!r} is ignored: nothing in it would count"
    return ""
