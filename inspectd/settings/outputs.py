"""[outputs]: pass, fail and ready on a camera's lines."""

from typing import Literal, Self

from pydantic import Field, model_validator

from inspectd.core.camera import USER_OUTPUT
from inspectd.settings.base import Section
from inspectd.settings.station import NAME

_OUTPUT = rf"^({USER_OUTPUT})?$"


class OutputSettings(Section):
    """Signals for a line without a bus; which line carries each output, the camera's section says.

    A part may only pass on a rising edge of the pass signal. See connect-without-a-bus.md.
    """

    station: str = Field(pattern=NAME, description="The station whose camera gives the signals.")
    pass_output: str = Field("", pattern=_OUTPUT, description="Pulsed for PASS.")
    fail_output: str = Field("", pattern=_OUTPUT, description="Pulsed for all other verdicts.")
    ready_output: str = Field("", pattern=_OUTPUT, description="Tells that parts are judged.")
    pulse_ms: int = Field(
        20, ge=1, le=1000, description="Length of a pulse; below half of the time between parts."
    )
    ready_signal: Literal["alternating", "level"] = Field(
        "alternating",
        description="Changing ten times a second while ready, or up; a crash may leave a level up.",
    )

    @model_validator(mode="after")
    def _each_its_own(self) -> Self:
        named = [out for out in (self.pass_output, self.fail_output, self.ready_output) if out]
        if not named:
            msg = "name at least one of pass_output, fail_output and ready_output"
            raise ValueError(msg)
        if len(set(named)) != len(named):
            msg = "each signal needs an output of its own"
            raise ValueError(msg)
        return self
