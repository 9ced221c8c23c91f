"""What a camera is to a station: its settings, what it returns, and the order of calls."""

from dataclasses import dataclass, field
from typing import Annotated, Literal, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from inspectd.core.frame import Aoi, Pixels

LINE = r"[A-Za-z][A-Za-z0-9]{0,31}"
USER_OUTPUT = r"UserOutput[1-9]"
_Line = Annotated[str, Field(pattern=f"^{LINE}$")]
_UserOutput = Annotated[str, Field(pattern=f"^{USER_OUTPUT}$")]

PixelFormat = Literal[
    "Mono8", "Mono10", "Mono12", "Mono16", "BGR8", "BayerRG8", "BayerGR8", "BayerGB8", "BayerBG8"
]


def is_colour(pixel_format: PixelFormat) -> bool:
    """Whether a driver hands its pictures over in B, G, R; those of a Bayer mosaic, worked out."""
    return pixel_format == "BGR8" or pixel_format.startswith("Bayer")


def is_deep(pixel_format: PixelFormat) -> bool:
    """Whether a driver hands its pictures over in 16 bits, filled from the top."""
    return pixel_format in {"Mono10", "Mono12", "Mono16"}


class CameraSettings(BaseModel):
    """Which camera, and how it is set. Names follow the GenICam SFNC."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    driver: str = Field("basler", max_length=64, description="Entry point of `inspectd.cameras`.")
    serial: str = Field("", max_length=64, description="Device serial number; empty: any.")
    user_name: str = Field("", max_length=64, description="DeviceUserID; empty: any.")
    trigger_source: Literal["Line1", "Software"] = Field(
        "Line1", description="FrameStart trigger: the photo-eye on Line1, or software."
    )
    pixel_format: PixelFormat = Field("Mono8", description="PixelFormat.")
    width_px: int = Field(2448, ge=1, le=65_535, description="AOI width.")
    height_px: int = Field(2048, ge=1, le=65_535, description="AOI height.")
    offset_x_px: int = Field(0, ge=0, le=65_535, description="AOI left edge.")
    offset_y_px: int = Field(0, ge=0, le=65_535, description="AOI top edge.")
    exposure_us: float = Field(2_000.0, ge=1.0, le=10_000_000.0, description="ExposureTime.")
    gain_db: float = Field(0.0, ge=0.0, le=48.0, description="Gain.")
    line_debouncer_us: float = Field(
        10.0, ge=0.0, le=20_000.0, description="LineDebouncerTime, where the camera has it."
    )
    output_lines: dict[_Line, _UserOutput] = Field(
        {},
        max_length=8,
        description="User output by line that carries it (LineSource); down whenever the camera is "
        "opened or closed.",
    )
    buffers: int = Field(10, ge=2, le=64, description="Driver buffers (MaxNumBuffer).")
    emulated: bool = Field(
        default=False, description="Use pylon's camera emulator; verdicts are marked simulated."
    )
    pictures: str = Field(
        "", max_length=4_096, description="File or folder that an emulated or replay camera shows."
    )

    @model_validator(mode="after")
    def _emulator_needs_pictures(self) -> Self:
        if self.emulated and not self.pictures:
            msg = "an emulated camera needs `pictures`: a file or a folder"
            raise ValueError(msg)
        return self


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """What was opened. `skipped_features` names settings that this device has no node for.

    `aoi`: what its pictures show of the sensor, as read from the device.
    """

    model: str
    serial: str
    user_name: str
    simulated: bool
    skipped_features: tuple[str, ...]
    aoi: Aoi = field(default_factory=Aoi)


@dataclass(frozen=True, slots=True)
class CameraCounters:
    """Totals since the camera object was made; they survive a reconnect.

    `frames`: whole pictures handed over; `failed_buffers`: incomplete ones; `timeouts`: waits
    that ended without a picture (normal under hardware trigger); `skipped`: pictures the device
    or driver says it lost; `reconnects`: successful opens after the first; `repeated`: pictures
    that came a second time, each counted among `failed_buffers` too.
    """

    frames: int = 0
    failed_buffers: int = 0
    timeouts: int = 0
    skipped: int = 0
    reconnects: int = 0
    repeated: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Grab:
    """One answer of the camera to one trigger: a picture, or why there is none.

    Exactly one of `pixels` and `failure` is set. `pixels` as in `Frame`, and owned by the
    receiver: the driver's buffer may be re-used at once.
    """

    pixels: Pixels | None
    failure: str = ""


class Camera(Protocol):
    """A triggered camera. It owns no thread; one thread calls it.

    Order: `open`, then any number of `prepare`, `fire` and `retrieve`, then `close`; after
    `close` it may be opened again, and every setting is applied afresh. `open` raises
    DeviceNotFoundError or DeviceError; any other call may raise DeviceRemovedError, after which
    only `close` is called, and then `open`. No call blocks longer than its timeout plus 1 s.
    Only `pulse_line1` and `set_output` may come from other threads, while `retrieve` waits, and not
    both at once. When it is opened and when it is closed, its output lines are down.
    """

    def open(self) -> CameraInfo:
        """Open the device, apply every setting and start grabbing."""
        ...

    def prepare(self, exposure_us: float | None, light: str) -> None:
        """Set exposure and light for the next shots.

        `exposure_us` None: the settings' exposure stays. `light` alone is lit, "" is no light.
        """
        ...

    def fire(self) -> None:
        """Trigger one exposure by software (trigger_source "Software" only)."""
        ...

    def pulse_line1(self) -> None:
        """Play one rising edge on Line1. Emulated devices only; others raise DeviceError."""
        ...

    def set_output(self, output: str, *, on: bool) -> None:
        """Switch a user output of `output_lines`; DeviceError where that cannot be done now."""
        ...

    def retrieve(self, timeout_ms: int) -> Grab | None:
        """Wait for one picture. None after `timeout_ms` without one."""
        ...

    def is_connected(self) -> bool:
        """Ask the device whether it is still there; never raises."""
        ...

    def counters(self) -> CameraCounters:
        """Totals so far; callable at any time."""
        ...

    def close(self) -> None:
        """Stop grabbing and let go of the device. Never raises; twice is harmless."""
        ...
