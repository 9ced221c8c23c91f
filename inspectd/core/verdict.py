"""Decisions, their reasons, and the verdict of one part."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from inspectd.core.defect import Defect
from inspectd.core.placement import IN_PLACE, Placement

VERDICT_SCHEMA_VERSION = 1


class Decision(IntEnum):
    """The verdict register's values (`docs/reference/modbus-map.md`, register 26)."""

    NONE = 0
    PASS = 1
    FAIL = 2
    REVIEW = 3
    NO_VERDICT = 4


# A defect seen in one view is not undone by another view that saw nothing or failed.
_WEIGHT = {
    Decision.NONE: 0,
    Decision.PASS: 1,
    Decision.REVIEW: 2,
    Decision.NO_VERDICT: 3,
    Decision.FAIL: 4,
}


def worst(decisions: Iterable[Decision]) -> Decision:
    """The decision that the whole part gets; NO_VERDICT when there is nothing to go by."""
    found = max(decisions, key=_WEIGHT.__getitem__, default=Decision.NONE)
    return Decision.NO_VERDICT if found is Decision.NONE else found


class ReasonCode(StrEnum):
    """Why a part did not simply pass. Stable names: dashboards and PLC programs count them."""

    SCRATCH_TOO_LONG = "scratch_too_long"
    DENT_TOO_WIDE = "dent_too_wide"
    STAIN_TOO_LARGE = "stain_too_large"
    OTHER_TOO_LARGE = "other_too_large"
    RULE_BROKEN = "rule_broken"
    INSIDE_GUARD_BAND = "inside_guard_band"
    VOTE_AGAINST = "vote_against"
    VOTE_MISSING = "vote_missing"
    TOO_MANY_ANOMALIES = "too_many_anomalies"
    PICTURE_INVALID = "picture_invalid"
    PICTURE_SATURATED = "picture_saturated"
    PICTURE_DARK = "picture_dark"
    PICTURE_BLURRED = "picture_blurred"
    PICTURE_MOTION = "picture_motion"
    ILLUMINATION_DRIFT = "illumination_drift"
    PART_MISSING = "part_missing"
    PART_WRONG = "part_wrong"
    REFERENCE_MISMATCH = "reference_mismatch"
    UNCALIBRATED = "uncalibrated"
    CALIBRATION_MISMATCH = "calibration_mismatch"
    CALIBRATION_EXPIRED = "calibration_expired"
    RECIPE_MISMATCH = "recipe_mismatch"
    VERIFICATION = "verification"
    VERIFICATION_DUE = "verification_due"
    VERIFICATION_FAILED = "verification_failed"
    FRAME_MISSING = "frame_missing"
    SHOT_MISSING = "shot_missing"
    GRAB_FAILED = "grab_failed"
    QUEUE_OVERFLOW = "queue_overflow"
    VISION_ERROR = "vision_error"
    CAMERA_LOST = "camera_lost"
    STATION_LOST = "station_lost"
    DEADLINE_MISSED = "deadline_missed"
    MISSED_ACQUISITION = "missed_acquisition"
    TRIGGER_MISMATCH = "trigger_mismatch"
    JOURNAL_FAILED = "journal_failed"
    SHUTTING_DOWN = "shutting_down"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason, for a program (`code`) and for a person (`text`).

    `rule`: the recipe's key that asked for it, such as `scratch.max_length_mm` or
    `rules.two-long`; empty where none did.
    """

    code: ReasonCode
    text: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class ViewResult:
    """What one station says of one part.

    `received_ns` is CLOCK_MONOTONIC when the last frame of the view left the driver;
    `vision_ms` the time spent judging, `stages_ms` the same by stage. `measures` are those of the
    picture gate, by `shot/measure` (`vision.gate`).
    """

    decision: Decision
    reasons: tuple[Reason, ...]
    defects: tuple[Defect, ...]
    received_ns: int
    vision_ms: float
    stages_ms: dict[str, float]
    simulated: bool = False
    # More defects were found than a record carries; the largest are kept.
    truncated: bool = False
    # What its millimetres come from; empty where nothing was judged.
    calibration_sha256: str = ""
    # Where the part lay, so that the recipe's zones can be drawn on it.
    placement: Placement = IN_PLACE
    # What its limits come from; empty without a reference.
    reference_sha256: str = ""
    # By which recipe it was judged; empty where nothing was.
    recipe_sha256: str = ""
    measures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Provenance:
    """What made a verdict, so that it can be made again bit for bit from the stored frames."""

    software_version: str
    recipe_name: str
    recipe_number: int
    recipe_sha256: str
    calibration_sha256: dict[str, str]
    cameras: dict[str, str]
    reference_sha256: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The one answer for one part.

    (`boot_id`, `sequence`) is unique for ever and is what consumers de-duplicate by.
    `acquisition_id` counts the parts that vision has seen since it started; `part_id` and
    `lot_id` are the PLC's. `created_at` is ISO 8601 in UTC. `received_ns` is CLOCK_MONOTONIC of
    the last frame, 0 where no frame came.
    """

    boot_id: str
    sequence: int
    acquisition_id: int
    part_id: int
    lot_id: int
    decision: Decision
    reasons: tuple[Reason, ...]
    defects: tuple[Defect, ...]
    late: bool
    degraded: bool
    simulated: bool
    truncated: bool
    created_at: str
    received_ns: int
    vision_ms: float
    stages_ms: dict[str, float]
    provenance: Provenance
    schema_version: int = VERDICT_SCHEMA_VERSION
