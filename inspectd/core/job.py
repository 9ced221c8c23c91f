"""What one station judges by: everything but the pictures."""

from dataclasses import dataclass, field

from inspectd.core.calibration import Calibration
from inspectd.core.fields import Correction
from inspectd.core.recipe import Recipe
from inspectd.core.reference import Reference


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """The recipe and what was made for this station: read once, the same for every part.

    `calibration` None: nothing can be measured, every view gets NO-VERDICT. `correction`: the
    fields that the calibration names. `reference` None: a picture is judged against itself alone.
    """

    recipe: Recipe = field(default_factory=Recipe)
    calibration: Calibration | None = None
    correction: Correction | None = None
    reference: Reference | None = None
