"""[gate]: where the reject gate is, seen from the camera."""

from typing import Self

from pydantic import Field, model_validator

from inspectd.settings.base import Section


class GateSettings(Section):
    """The way from the camera to the reject gate; without it the PLC keeps track by itself."""

    after_parts: int | None = Field(
        None, ge=1, le=1_000, description="Parts between camera and gate: a shift register."
    )
    distance_mm: float | None = Field(
        None, gt=0.0, le=100_000.0, description="From the camera to the gate, along the belt."
    )
    belt_mm_per_s: float | None = Field(
        None, gt=0.0, le=100_000.0, description="The belt's speed, its greatest where it changes."
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.distance_mm is None) is not (self.belt_mm_per_s is None):
            msg = "distance_mm and belt_mm_per_s need each other"
            raise ValueError(msg)
        if self.after_parts is not None and self.distance_mm is not None:
            msg = "after_parts, or distance_mm and belt_mm_per_s: not both"
            raise ValueError(msg)
        return self

    @property
    def travel_ms(self) -> float | None:
        """From the camera to the gate; None where it is not known."""
        if self.distance_mm is None or self.belt_mm_per_s is None:
            return None
        return 1e3 * self.distance_mm / self.belt_mm_per_s
