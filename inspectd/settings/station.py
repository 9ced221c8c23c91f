"""[[stations]]: one camera, its calibration, and the patience of its supervisor."""

from pathlib import PurePath

from pydantic import Field

from inspectd.core.camera import CameraSettings
from inspectd.settings.base import Section

NAME = r"^[a-z0-9_-]{1,32}$"


class StationSettings(Section):
    """One station process."""

    name: str = Field(pattern=NAME, description="Name of the station.")
    camera: CameraSettings
    calibration: PurePath | None = Field(
        None, description="Calibration file; without one every part is NO-VERDICT."
    )
    reference: PurePath | None = Field(
        None, description="What `inspectd teach` learned of good parts; none: nothing is known."
    )
    queue_depth: int = Field(4, ge=1, le=32, description="Views that may wait to be judged.")
    vision_threads: int = Field(
        1,
        ge=1,
        le=8,
        description="Threads that judge one part together; more than 1 only where this station "
        "has as many processor cores to itself.",
    )
    shot_gap_ms: int = Field(
        200, ge=1, le=10_000, description="Longest pause between two shots of one part."
    )
    preview_max_px: int = Field(
        640, ge=64, le=4_096, description="Longer side of the pictures on the page."
    )
    start_timeout_s: float = Field(
        300.0, ge=1.0, le=3_600.0, description="From start to camera up; kernels compile here."
    )
    hang_timeout_s: float = Field(
        5.0, ge=0.5, le=60.0, description="Without a sign of life for so long it is restarted."
    )
    line1_socket: PurePath | None = Field(
        None, description="Emulated camera only: datagram socket that plays Line1."
    )
