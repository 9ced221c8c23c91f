"""What the command line of `inspectd demo` says."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """`parts` None: until Ctrl-C. A port of 0 takes any free one."""

    parts: int | None
    rate_hz: float
    images: Path | None
    mm_per_px: float
    modbus_port: int
    mqtt_port: int
    metrics_port: int
    web_port: int
