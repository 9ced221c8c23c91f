"""Which cameras this host can see, and the plug-ins that drive them."""

import os
from importlib.metadata import entry_points
from pathlib import Path

from inspectd.commands.checks import Check
from inspectd.settings.root import Settings


def check_cameras(settings: Settings | None) -> list[Check]:
    """The drivers, pylon with its devices, and the right to talk to USB cameras."""
    drivers = sorted(point.name for point in entry_points(group="inspectd.cameras"))
    checks = [_drivers(drivers, settings), _pylon(settings)]
    usb = Path("/dev/bus/usb")
    if usb.exists() and any(usb.rglob("*")):
        checks.append(_usb(usb))
    return checks


def _drivers(drivers: list[str], settings: Settings | None) -> Check:
    wanted = {station.camera.driver for station in settings.stations} if settings else set[str]()
    missing = sorted(wanted - set(drivers))
    found = ", ".join(drivers) or "none"
    if missing or not drivers:
        remedy = f"install the package that brings {', '.join(missing) or 'inspectd itself'}"
        return Check("camera drivers", "bad", found, remedy)
    return Check("camera drivers", "good", found)


def _pylon(settings: Settings | None) -> Check:
    name = "Basler cameras"
    try:
        from pypylon import pylon  # noqa: PLC0415 - its absence is a finding, not a crash
    except ImportError as error:
        return Check(name, "bad", f"pypylon cannot be imported: {error}", "pip install pypylon")
    try:
        devices = pylon.TlFactory.GetInstance().EnumerateDevices()
    except pylon.GenericException as error:
        return Check(name, "bad", f"pylon cannot list devices: {error}", "install pylon's drivers")
    seen = [f"{device.GetModelName()} {device.GetSerialNumber()}" for device in devices]
    emulated = settings is not None and all(s.camera.emulated for s in settings.stations)
    if seen:
        return Check(name, "good", ", ".join(seen))
    if emulated or os.environ.get("PYLON_CAMEMU"):
        return Check(name, "good", "none connected; the settings use pylon's emulator")
    remedy = "check power, cable and network (same subnet); `inspectd demo` needs no camera"
    return Check(name, "note", "none connected", remedy)


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
