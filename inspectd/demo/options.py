"""What the command line of `inspectd demo` says."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class OwnPictures:
    """The user's pictures of parts, and their scale, which only the user can know."""

    folder: Path
    mm_per_px: float


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """`parts` None: until Ctrl-C. `images` None: rendered parts. A port of 0 is any free one."""

    parts: int | None
    rate_hz: float
    images: OwnPictures | None
    modbus_port: int
    mqtt_port: int
    metrics_port: int
    web_port: int
