"""How a Basler camera is set: every feature that inspectd relies on, written after every open.

Names: GenICam SFNC 2.x first, then the older names that Basler's GigE cameras have ("...Abs").
A new InstantCamera may come up in any state (SingleFrame, or free-running under pylon's default
configuration), so nothing is left to what was there before.
"""

from collections.abc import Sequence
from typing import Any

from inspectd.core.camera import CameraSettings
from inspectd.core.errors import DeviceError
from inspectd.core.frame import Aoi

# Basler's name of each format, newer cameras first.
_PIXEL_FORMATS = {
    "Mono8": ("Mono8",),
    "Mono10": ("Mono10",),
    "Mono12": ("Mono12",),
    "Mono16": ("Mono16",),
    "BGR8": ("BGR8", "BGR8Packed"),
    "BayerRG8": ("BayerRG8",),
    "BayerGR8": ("BayerGR8",),
    "BayerGB8": ("BayerGB8",),
    "BayerBG8": ("BayerBG8",),
}


class Features:
    """The node map of one open camera; remembers which features it has no writable node for."""

    def __init__(self, camera: Any, where: str) -> None:
        self._nodes = camera.GetNodeMap()
        self._where = where
        self.skipped: list[str] = []

    def require(self, name: str, value: str | int) -> None:
        """Set a feature that no picture may be taken without; DeviceError where it cannot be."""
        if not self.writable(name):
            msg = f"{self._where} does not let {name} be set to {value}: not a camera to use here"
            raise DeviceError(msg)
        self._write(name, value)

    def prefer(self, names: Sequence[str], value: str | float | bool) -> None:
        """Set the first of `names` that is writable; without any, note the first as skipped."""
        name = next((name for name in names if self.writable(name)), None)
        if name is not None:
            self._write(name, value)
        elif names[0] not in self.skipped:
            self.skipped.append(names[0])

    def writable(self, name: str) -> bool:
        """Whether the camera has this node, and it may be written now."""
        return bool(self._nodes.GetNode(name).IsWritable())

    def choices(self, name: str) -> tuple[str, ...]:
        """The values that an enumeration can be set to now; empty where it is not writable."""
        if not self.writable(name):
            return ()
        return tuple(self._nodes.GetNode(name).GetSettableValues())

    def number(self, name: str, absent: int) -> int:
        """What an integer feature says now; `absent` where the camera has none."""
        node = self._nodes.GetNode(name)
        return int(node.GetValue()) if node is not None and node.IsReadable() else absent

    def _write(self, name: str, value: str | float) -> None:
        node = self._nodes.GetNode(name)
        if isinstance(value, str):
            allowed = node.GetSettableValues()
            fits, limits = value in allowed, "one of " + ", ".join(allowed)
        elif isinstance(value, bool):
            fits, limits = True, ""
        elif isinstance(value, int):
            low, high, step = node.GetMin(), node.GetMax(), node.GetInc()
            fits = low <= value <= high and (value - low) % step == 0
            limits = f"{low} to {high} in steps of {step}"
        else:
            low, high = node.GetMin(), node.GetMax()
            fits, limits = low <= value <= high, f"{low:g} to {high:g}"
        if not fits:
            msg = f"{self._where}: {name} cannot be {value}; allowed: {limits}"
            raise DeviceError(msg)
        node.SetValue(value)


def apply_settings(features: Features, settings: CameraSettings) -> None:
    """Write every setting, in an order that every camera family accepts.

    Raises DeviceError where a value is not allowed, naming the feature and its limits.
    """
    features.require("AcquisitionMode", "Continuous")
    _set_format(features, settings)
    _set_aoi(features, settings)
    _set_trigger(features, settings)
    _set_exposure(features, settings)
    _set_output_lines(features, settings)


def set_user_output(features: Features, output: str, *, on: bool) -> None:
    """Switch a user output; allowed while grabbing."""
    features.require("UserOutputSelector", output)
    features.require("UserOutputValue", on)


def _set_output_lines(features: Features, settings: CameraSettings) -> None:
    for line, output in settings.output_lines.items():
        # Down before the line carries it: what was up when the last process died is not now.
        set_user_output(features, output, on=False)
        features.require("LineSelector", line)
        features.require("LineMode", "Output")
        features.require("LineSource", output)


def read_aoi(features: Features) -> Aoi:
    """What the camera's pictures show of its sensor, as the camera says, not as it was told."""
    return Aoi(
        offset_x_px=features.number("OffsetX", 0),
        offset_y_px=features.number("OffsetY", 0),
        binning_x=features.number("BinningHorizontal", 1),
        binning_y=features.number("BinningVertical", 1),
    )


def set_exposure(features: Features, exposure_us: float) -> None:
    """Set the exposure; allowed while grabbing."""
    features.prefer(("ExposureTime", "ExposureTimeAbs"), float(exposure_us))


def _set_format(features: Features, settings: CameraSettings) -> None:
    names = _PIXEL_FORMATS[settings.pixel_format]
    offered = features.choices("PixelFormat")
    features.require("PixelFormat", next((name for name in names if name in offered), names[0]))


def _set_aoi(features: Features, settings: CameraSettings) -> None:
    # The limits of the size depend on the offsets: offsets to 0, size, then offsets.
    for name in ("OffsetX", "OffsetY"):
        if features.writable(name):
            features.require(name, 0)
    features.require("Width", settings.width_px)
    features.require("Height", settings.height_px)
    for name, offset in (("OffsetX", settings.offset_x_px), ("OffsetY", settings.offset_y_px)):
        # At full size some cameras lock the offsets, and they are 0 then.
        if offset or features.writable(name):
            features.require(name, offset)


def _set_trigger(features: Features, settings: CameraSettings) -> None:
    for selector in features.choices("TriggerSelector"):
        features.require("TriggerSelector", selector)
        features.prefer(("TriggerMode",), "Off")
    features.require("TriggerSelector", "FrameStart")
    features.require("TriggerMode", "On")
    features.require("TriggerSource", settings.trigger_source)
    features.prefer(("AcquisitionBurstFrameCount", "AcquisitionFrameCount"), 1)
    # A rate limit would swallow edges without a word.
    features.prefer(("AcquisitionFrameRateEnable",), value=False)
    if settings.trigger_source == "Line1":
        features.require("TriggerActivation", "RisingEdge")
        features.prefer(("LineSelector",), "Line1")
        features.prefer(("LineMode",), "Input")
        # ace 2 has an input filter instead (Basler product documentation, "Line Debouncer").
        features.prefer(("LineDebouncerTime", "LineDebouncerTimeAbs"), settings.line_debouncer_us)


def _set_exposure(features: Features, settings: CameraSettings) -> None:
    # While an automatic function runs, its target is not writable.
    features.prefer(("ExposureAuto",), "Off")
    features.prefer(("GainAuto",), "Off")
    features.prefer(("ExposureMode",), "Timed")
    set_exposure(features, settings.exposure_us)
    features.prefer(("Gain",), settings.gain_db)
