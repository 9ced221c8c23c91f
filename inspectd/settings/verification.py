"""[verification]: the gauge part that proves, shift by shift, that millimetres are right."""

from pathlib import PurePath

from pydantic import Field

from inspectd.settings.base import Section


class VerificationSettings(Section):
    """Which gauge, how many times it is measured, and how long that holds."""

    gauge: PurePath | None = Field(
        None, description="Gauge file; with one, nothing passes before a good verification."
    )
    parts: int = Field(5, ge=2, le=50, description="Times that the gauge is measured.")
    due_hours: float | None = Field(
        None, ge=0.1, le=8_760.0, description="How long a good verification holds; none: for ever."
    )
