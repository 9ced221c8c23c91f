"""A gauge part: sizes that somebody has certified, and how far ours may be from them."""

import calendar
import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from inspectd.core.defect import Defect, DefectKind

Size = Literal["length", "diameter", "area"]

_SIZES: dict[Size, str] = {"length": "length_mm", "diameter": "diameter_mm", "area": "area_mm2"}
# What is less than half or more than twice a certified size is something else.
_MOST_OFF = 2.0


class Feature(BaseModel):
    """One certified size. The unit of all four numbers is mm, or mm² where `size` is "area"."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,32}$", description="Name of the feature.")
    station: str = Field(
        "", max_length=32, description="Station that sees it; empty: the line's only one."
    )
    kind: DefectKind = Field(description="What vision takes it for.")
    size: Size = Field(description="Which of its sizes is certified.")
    nominal: float = Field(gt=0.0, le=1e6, description="Certified size, mm or mm².")
    uncertainty: float = Field(
        ge=0.0, le=1e6, description="Its expanded uncertainty (k = 2), mm or mm²."
    )
    bias_limit: float = Field(
        gt=0.0, le=1e6, description="Most by which our mean may be off, mm or mm²."
    )
    spread_limit: float = Field(
        gt=0.0, le=1e6, description="Largest standard deviation allowed, mm or mm²."
    )
    x_mm: float | None = Field(None, ge=-1e5, le=1e5, description="Where it lies, if it matters.")
    y_mm: float | None = Field(None, ge=-1e5, le=1e5, description="Where it lies, if it matters.")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.x_mm is None) != (self.y_mm is None):
            msg = f"feature {self.name}: x_mm and y_mm belong together"
            raise ValueError(msg)
        if self.uncertainty >= self.bias_limit:
            msg = (
                f"feature {self.name}: its uncertainty of {self.uncertainty:g} leaves nothing of "
                f"bias_limit {self.bias_limit:g}: get a better certificate, or allow more"
            )
            raise ValueError(msg)
        return self


class Gauge(BaseModel):
    """The gauge and its certificate, written by a person from the certificate."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: int = Field(1, ge=1, le=1, description="Version of this file's layout.")
    name: str = Field(max_length=128, description="What it is.")
    serial: str = Field(max_length=64, description="Its serial number.")
    certificate: str = Field(max_length=256, description="Number of the certificate, and by whom.")
    valid_until: str = Field(
        pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
        description="Last day of the certificate, YYYY-MM-DD.",
    )
    features: tuple[Feature, ...] = Field(min_length=1, max_length=64, description="Its sizes.")

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [feature.name for feature in self.features]
        if len(set(names)) != len(names):
            msg = f"feature names must differ, found {', '.join(names)}"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _has_a_last_day(self) -> Self:
        year, month, day = (int(number) for number in self.valid_until.split("-"))
        if day > calendar.monthrange(year, month)[1]:
            msg = f"valid_until: {self.valid_until} is no date"
            raise ValueError(msg)
        return self

    @property
    def sha256(self) -> str:
        """Hash of the content: another certificate is another gauge."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def why_expired(self, today: str) -> str:
        """Why it does not do on a day (YYYY-MM-DD), with the remedy; empty where it does."""
        if today <= self.valid_until:
            return ""
        return (
            f"the certificate of gauge {self.serial} ended on {self.valid_until}: "
            "have it certified again"
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """One feature over all parts. `problem` is empty where it is within its limits.

    `measured`: one size per part, None where it was not found. `bias`: mean minus nominal;
    `spread`: standard deviation of a single part; both None unless it was found in every part.
    """

    feature: str
    measured: tuple[float | None, ...]
    bias: float | None
    spread: float | None
    problem: str


def match(gauge: Gauge, seen: Mapping[str, Sequence[Defect]]) -> dict[str, float | None]:
    """The size of each feature in what the stations found on one part; None: not found.

    `seen` is by station. The nearest pairs first: by place in mm where the feature has one, by
    the ratio of sizes else; no find serves two features for the same size.
    """
    found: dict[str, float | None] = {feature.name: None for feature in gauge.features}
    taken: set[tuple[str, int, Size]] = set()
    pairs = [
        (_distance(feature, defect), number, station, place, feature)
        for number, feature in enumerate(gauge.features)
        for station, defects in seen.items()
        if feature.station in ("", station)
        for place, defect in enumerate(defects)
        if _may_be(feature, defect)
    ]
    for _, _, station, place, feature in sorted(pairs, key=lambda pair: pair[:4]):
        key = (station, place, feature.size)
        if found[feature.name] is None and key not in taken:
            taken.add(key)
            found[feature.name] = _size(feature, seen[station][place])
    return found


def evaluate(gauge: Gauge, parts: Sequence[Mapping[str, float | None]]) -> tuple[Outcome, ...]:
    """Bias and spread of every feature over at least two parts, held against their limits.

    The certificate's uncertainty narrows the limit of the bias (ISO 14253-1, conformity is to be
    proven).
    """
    return tuple(
        _outcome(feature, tuple(part.get(feature.name) for part in parts))
        for feature in gauge.features
    )


def unit(feature: Feature) -> str:
    """What its numbers are counted in."""
    return "mm²" if feature.size == "area" else "mm"


def _outcome(feature: Feature, measured: tuple[float | None, ...]) -> Outcome:
    sizes = [size for size in measured if size is not None]
    if len(sizes) < len(measured):
        missing = len(measured) - len(sizes)
        problem = (
            f"found in {len(sizes)} of {len(measured)} parts, missed in {missing}: is this the "
            "gauge, clean and in its place?"
        )
        return Outcome(feature.name, measured, None, None, problem)
    bias, spread = fmean(sizes) - feature.nominal, stdev(sizes)
    return Outcome(feature.name, measured, bias, spread, _problem(feature, bias, spread))


def _problem(feature: Feature, bias: float, spread: float) -> str:
    # Noise alone makes two pictures of a living camera differ.
    if spread == 0.0:
        return "every part gave exactly the same size: the camera shows one picture again and again"
    allowed = feature.bias_limit - feature.uncertainty
    in_unit = unit(feature)
    if not abs(bias) <= allowed:
        return (
            f"bias {bias:+.4g} {in_unit}, at most {allowed:.4g} allowed (limit less the "
            "certificate's uncertainty): clean the gauge, then calibrate again"
        )
    if not spread <= feature.spread_limit:
        return (
            f"spread {spread:.4g} {in_unit}, at most {feature.spread_limit:.4g}: look at light, "
            "focus and how the part lies"
        )
    return ""


def _size(feature: Feature, defect: Defect) -> float:
    return float(getattr(defect, _SIZES[feature.size]))


def _may_be(feature: Feature, defect: Defect) -> bool:
    # A size that the picture's edge cuts off is a lower bound, and no measurement.
    if defect.kind is not feature.kind or defect.cut:
        return False
    return feature.nominal / _MOST_OFF <= _size(feature, defect) <= feature.nominal * _MOST_OFF


def _distance(feature: Feature, defect: Defect) -> float:
    if feature.x_mm is None or feature.y_mm is None:
        return abs(math.log(_size(feature, defect) / feature.nominal))
    if not defect.contour_mm:
        return math.inf
    x_mm = fmean(x for x, _ in defect.contour_mm)
    y_mm = fmean(y for _, y in defect.contour_mm)
    return math.hypot(x_mm - feature.x_mm, y_mm - feature.y_mm)
