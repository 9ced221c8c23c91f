"""[trigger]: how parts are told apart, and how long they may take."""

from typing import Self

from pydantic import Field, model_validator

from inspectd.settings.base import Section


class TriggerSettings(Section):
    """Times from a part's trigger to its answer."""

    deadline_ms: int = Field(
        1_000, ge=20, le=60_000, description="From trigger to answer; later is NO-VERDICT."
    )
    match_window_ms: int = Field(
        200,
        ge=1,
        le=10_000,
        description="The most that the frames of one part, and its announcement, may be apart, "
        "either way; less than half of the time between two parts.",
    )

    @model_validator(mode="after")
    def _window_inside_deadline(self) -> Self:
        if self.match_window_ms >= self.deadline_ms:
            msg = "match_window_ms must be shorter than deadline_ms"
            raise ValueError(msg)
        return self
