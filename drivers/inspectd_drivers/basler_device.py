"""Which device: find a Basler camera by serial number or user name, or say what is there instead.

pypylon is imported here, on the first open, so that a host without cameras needs no pylon.
"""

import os
import re
import threading
from typing import Any

from inspectd.core.camera import CameraSettings
from inspectd.core.errors import DeviceError, DeviceNotFoundError

EMULATOR_CLASS = "BaslerCamEmu"
_EMULATED_SERIAL = re.compile(r"0815-0*(\d{1,3})")
HINTS = (
    "look at its power and its cable; another program may have it open; a GigE camera must be in "
    "this host's subnet, with an MTU that every switch on the way lets through"
)


def load_pylon() -> Any:
    """The module `pypylon.pylon`. Raises DeviceError where it is not installed."""
    try:
        from pypylon import pylon  # noqa: PLC0415 -- a host without cameras has no pylon
    except ImportError as error:
        msg = f"pypylon cannot be imported ({error}): install it with `pip install pypylon`"
        raise DeviceError(msg) from error
    return pylon


def find_device(pylon: Any, settings: CameraSettings) -> Any:
    """The `pylon.DeviceInfo` that the settings name; the first one if they name none.

    An emulated device is never taken for a real one, nor a real one for an emulated one.
    Raises DeviceNotFoundError with a list of what is there.
    """
    if settings.emulated:
        _provide_emulators(settings.serial)
    present = [
        device
        for device in pylon.TlFactory.GetInstance().EnumerateDevices()
        if is_emulated(device) == settings.emulated
    ]
    for device in present:
        if settings.serial in ("", device.GetSerialNumber()) and settings.user_name in (
            "",
            device.GetUserDefinedName(),
        ):
            return device
    raise DeviceNotFoundError(_not_found(settings, present))


def is_emulated(device: Any) -> bool:
    """Whether a `pylon.DeviceInfo` is pylon's camera emulator."""
    emulated: bool = device.GetDeviceClass() == EMULATOR_CLASS
    return emulated


def describe(device: Any) -> str:
    """Model, serial number and user name, as a person would look for them."""
    name = device.GetUserDefinedName()
    called = f" called {name!r}" if name else ""
    return f"{device.GetModelName()} serial {device.GetSerialNumber()}{called}"


def reason(error: Exception) -> str:
    """What pylon says, without the C++ file and line behind it."""
    return str(error).split(" : ", maxsplit=1)[0].rstrip(". ")


def removal_watch(pylon: Any) -> Any:
    """A pylon configuration handler whose `removed` event is set when the device goes.

    It only sets the flag: the call comes on pylon's thread, where nothing may be repaired.
    """

    class RemovalWatch(pylon.ConfigurationEventHandler):  # type: ignore[misc]  # pypylon is untyped
        def __init__(self) -> None:
            super().__init__()
            self.removed = threading.Event()

        def OnCameraDeviceRemoved(self, camera: Any) -> None:  # noqa: ARG002, N802 -- pylon's signature
            self.removed.set()

    return RemovalWatch()


def _provide_emulators(serial: str) -> None:
    # pylon reads PYLON_CAMEMU at every enumeration, not only at import (measured, pylon 12.4),
    # and serves that many devices, with the serials 0815-0000, 0815-0001 and so on.
    asked = _EMULATED_SERIAL.fullmatch(serial)
    needed = int(asked[1]) + 1 if asked else 1
    given = os.environ.get("PYLON_CAMEMU", "")
    if not given.isdecimal() or int(given) < needed:
        os.environ["PYLON_CAMEMU"] = str(needed)


def _not_found(settings: CameraSettings, present: list[Any]) -> str:
    kind = "emulated Basler camera" if settings.emulated else "Basler camera"
    wanted = [
        text
        for text in (
            f"serial {settings.serial}" if settings.serial else "",
            f"user name {settings.user_name!r}" if settings.user_name else "",
        )
        if text
    ]
    there = "; ".join(describe(device) for device in present) or "none"
    asked = f" with {' and '.join(wanted)}" if wanted else ""
    hints = "" if settings.emulated else f"; {HINTS}"
    return f"no {kind}{asked} found; present: {there}{hints}"
