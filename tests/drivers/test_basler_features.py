"""Camera families that the emulator is not: older names, coarse steps, locked nodes.

The nodes here stand in for hardware that no test machine has; what is real in the emulator is
tested on it, in test_basler.py.
"""

from dataclasses import dataclass, field
from typing import Any

import pytest
from inspectd_drivers.basler_features import Features, apply_settings

from inspectd.core.camera import CameraSettings
from inspectd.core.errors import DeviceError


@dataclass
class Node:
    value: Any
    low: float = 0
    high: float = 10_000
    step: int = 1
    choices: tuple[str, ...] = ()
    writable: bool = True
    written: list[Any] = field(default_factory=list)

    def IsWritable(self) -> bool:  # noqa: N802 -- pylon's name
        return self.writable

    def GetMin(self) -> float:  # noqa: N802
        return self.low

    def GetMax(self) -> float:  # noqa: N802
        return self.high

    def GetInc(self) -> int:  # noqa: N802
        return self.step

    def GetSettableValues(self) -> tuple[str, ...]:  # noqa: N802
        return self.choices

    def SetValue(self, value: Any) -> None:  # noqa: N802
        self.value = value
        self.written.append(value)


class OldGigECamera:
    """Node names of a Basler ace GigE (SFNC 1.x): "...Abs", AcquisitionStart, steps of 4."""

    def __init__(self) -> None:
        self.nodes = {
            "AcquisitionMode": Node("SingleFrame", choices=("SingleFrame", "Continuous")),
            "TriggerSelector": Node("", choices=("AcquisitionStart", "FrameStart")),
            "TriggerMode": Node("Off", choices=("Off", "On")),
            "TriggerSource": Node("Software", choices=("Software", "Line1")),
            "TriggerActivation": Node("", choices=("RisingEdge", "FallingEdge")),
            "AcquisitionFrameCount": Node(5),
            "AcquisitionFrameRateEnable": Node(value=True),
            "LineSelector": Node("Out1", choices=("Line1", "Out1")),
            "LineDebouncerTimeAbs": Node(0.0),
            "PixelFormat": Node("", choices=("Mono8", "Mono12", "BayerRG8", "BGR8Packed")),
            "Width": Node(640, low=4, high=1_920, step=4),
            "Height": Node(480, low=2, high=1_200, step=2),
            "OffsetX": Node(100, high=1_280, step=4),
            "OffsetY": Node(100, high=720, step=2),
            "ExposureAuto": Node("Continuous", choices=("Off", "Continuous")),
            "ExposureTimeAbs": Node(5.0, low=35.0, high=1e6),
        }

    def GetNodeMap(self) -> "OldGigECamera":  # noqa: N802
        return self

    def GetNode(self, name: str) -> Node:  # noqa: N802
        return self.nodes.get(name, Node(None, writable=False))


def settings(**changes: Any) -> CameraSettings:
    return CameraSettings(**({"width_px": 1_280, "height_px": 1_024, "serial": "2"} | changes))


def applied(camera: OldGigECamera, **changes: Any) -> Features:
    features = Features(camera, "camera acA1920 serial 2")
    apply_settings(features, settings(**changes))
    return features


def test_older_names_are_used_where_the_new_ones_are_missing() -> None:
    camera = OldGigECamera()
    applied(camera, exposure_us=750.0, line_debouncer_us=20.0)
    assert camera.nodes["ExposureTimeAbs"].value == pytest.approx(750.0)
    assert camera.nodes["LineDebouncerTimeAbs"].value == pytest.approx(20.0)
    assert camera.nodes["AcquisitionFrameCount"].value == 1


def test_the_older_name_of_a_pixel_format_is_used() -> None:
    camera = OldGigECamera()
    applied(camera, pixel_format="BGR8")
    assert camera.nodes["PixelFormat"].value == "BGR8Packed"


def test_a_pixel_format_that_is_not_offered_is_an_error_that_lists_those_that_are() -> None:
    with pytest.raises(DeviceError, match=r"PixelFormat cannot be Mono16.*Mono12, BayerRG8"):
        applied(OldGigECamera(), pixel_format="Mono16")


def test_offsets_are_cleared_before_the_size_is_set() -> None:
    camera = OldGigECamera()
    applied(camera, offset_x_px=8)
    assert camera.nodes["OffsetX"].written == [0, 8]
    assert camera.nodes["OffsetY"].written == [0, 0]


def test_a_size_between_two_steps_is_an_error_that_names_the_step() -> None:
    with pytest.raises(DeviceError, match="Width cannot be 1282; allowed: 4 to 1920 in steps of 4"):
        applied(OldGigECamera(), width_px=1_282)


def test_offsets_that_are_locked_at_full_size_are_left_alone_unless_asked_for() -> None:
    camera = OldGigECamera()
    camera.nodes["OffsetX"].writable = False
    applied(camera)
    with pytest.raises(DeviceError, match="OffsetX"):
        applied(camera, offset_x_px=4)


def test_every_other_trigger_is_switched_off_first() -> None:
    camera = OldGigECamera()
    applied(camera)
    assert camera.nodes["TriggerSelector"].written == [
        "AcquisitionStart",
        "FrameStart",
        "FrameStart",
    ]
    assert camera.nodes["TriggerMode"].written == ["Off", "Off", "On"]


def test_features_without_a_node_are_skipped_and_named() -> None:
    features = applied(OldGigECamera())
    assert features.skipped == ["LineMode", "GainAuto", "ExposureMode", "Gain"]


@pytest.mark.parametrize("name", ["AcquisitionMode", "TriggerMode", "TriggerSource", "Width"])
def test_a_camera_without_an_essential_feature_is_refused(name: str) -> None:
    camera = OldGigECamera()
    del camera.nodes[name]
    with pytest.raises(DeviceError, match=name):
        applied(camera)


def test_software_triggering_leaves_line1_alone() -> None:
    camera = OldGigECamera()
    applied(camera, trigger_source="Software")
    assert camera.nodes["LineSelector"].written == []
    assert camera.nodes["TriggerSource"].value == "Software"
