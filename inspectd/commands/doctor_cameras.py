"""Which cameras this host can see, and the plug-ins that drive them."""

import os
from pathlib import Path
from typing import NamedTuple

from inspectd.commands.checks import Check
from inspectd.settings.camera_drivers import installed_drivers
from inspectd.settings.root import Settings
from inspectd.settings.station import StationSettings

_CONNECT = "check power, cable and network (same subnet)"


class _Device(NamedTuple):
    model: str
    serial: str
    user_name: str


def check_cameras(settings: Settings | None) -> list[Check]:
    """The drivers, pylon with its devices, and the right to talk to USB cameras."""
    checks = [_drivers(), *_pylon(settings)]
    usb = Path("/dev/bus/usb")
    if usb.exists() and any(usb.rglob("*")):
        checks.append(_usb(usb))
    return checks


def _drivers() -> Check:
    if found := installed_drivers():
        return Check("camera drivers", "good", ", ".join(found))
    return Check("camera drivers", "bad", "none", "install inspectd itself: pip install inspectd")


def _pylon(settings: Settings | None) -> list[Check]:
    name = "Basler cameras"
    try:
        from pypylon import pylon  # noqa: PLC0415 - its absence is a finding, not a crash
    except ImportError as error:
        remedy = "pip install pypylon"
        return [Check(name, "bad", f"pypylon cannot be imported: {error}", remedy)]
    try:
        devices = pylon.TlFactory.GetInstance().EnumerateDevices()
    except pylon.GenericException as error:
        remedy = "install pylon's drivers"
        return [Check(name, "bad", f"pylon cannot list devices: {error}", remedy)]
    seen = [
        _Device(device.GetModelName(), device.GetSerialNumber(), device.GetUserDefinedName())
        for device in devices
    ]
    if settings is not None:
        return [_wanted(s, seen) for s in settings.stations if s.camera.driver == "basler"]
    if seen:
        return [Check(name, "good", ", ".join(f"{d.model} {d.serial}" for d in seen))]
    return [Check(name, "note", "none connected", f"{_CONNECT}; `inspectd demo` needs no camera")]


def _wanted(station: StationSettings, seen: list[_Device]) -> Check:
    """Whether the camera that a station's settings name is there."""
    name, camera = f"camera of station {station.name}", station.camera
    if camera.emulated:
        return Check(name, "good", "pylon's emulator")
    for device in seen:
        if camera.serial in {"", device.serial} and camera.user_name in {"", device.user_name}:
            return Check(name, "good", f"{device.model} {device.serial}")
    wanted = camera.serial or camera.user_name or "any camera"
    there = ", ".join(device.serial for device in seen) or "none"
    return Check(name, "bad", f"{wanted} is not there; connected: {there}", _CONNECT)


def _usb(folder: Path) -> Check:
    closed = [
        node
        for node in folder.rglob("[0-9]*")
        if node.is_char_device() and not os.access(node, os.W_OK)
    ]
    if closed:
        remedy = "install systemd/99-inspectd-cameras.rules as a udev rule (USB cameras only)"
        return Check("USB permissions", "note", f"{len(closed)} devices cannot be opened", remedy)
    return Check("USB permissions", "good", "all devices can be opened")
