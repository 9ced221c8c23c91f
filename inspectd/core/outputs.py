"""Pass, fail and ready on a camera's lines: what goes where, for a line without a bus."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class OutputSignals:
    """User outputs by their names in the camera ("UserOutput1"); empty: this signal is not given.

    `ready_signal`: "alternating" changes its level ten times a second while the line is ready and
    is down otherwise; "level" is up while it is ready.
    """

    pass_output: str
    fail_output: str
    ready_output: str
    pulse_ms: int
    ready_signal: Literal["alternating", "level"]

    @property
    def named(self) -> tuple[str, ...]:
        """Every output that is used."""
        return tuple(filter(None, (self.pass_output, self.fail_output, self.ready_output)))
