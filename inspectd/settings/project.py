"""A settings file and what it names, together."""

from dataclasses import dataclass, field

from inspectd.core.calibration import Calibration
from inspectd.core.gauge import Gauge
from inspectd.core.recipe import Recipe
from inspectd.core.reference import Reference
from inspectd.settings.root import Settings


@dataclass(frozen=True, slots=True)
class Project:
    """A settings file and everything it names, read and checked. All paths are absolute."""

    settings: Settings
    recipe: Recipe
    calibrations: dict[str, Calibration]
    gauge: Gauge | None = None
    references: dict[str, Reference] = field(default_factory=dict)
