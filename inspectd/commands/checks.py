"""One thing that `inspectd doctor` looked at."""

from dataclasses import asdict, dataclass
from typing import Literal

State = Literal["good", "note", "bad"]


@dataclass(frozen=True, slots=True)
class Check:
    """`bad` keeps the service from working; `note` costs something; each has its remedy."""

    name: str
    state: State
    found: str
    remedy: str = ""

    def as_json(self) -> dict[str, str]:
        """One element of `doctor --json`."""
        return asdict(self)
