"""Whether the ports that the service needs are free."""

import os
import socket
from pathlib import Path

from inspectd.commands.checks import Check
from inspectd.settings.metrics import MetricsSettings
from inspectd.settings.plc import PlcSettings
from inspectd.settings.root import Settings
from inspectd.settings.web import WebSettings

_CONNECT_TIMEOUT_S = 2.0


def check_ports(settings: Settings | None) -> list[Check]:
    """The ports that are listened on, and whom the service connects to."""
    plc = settings.plc if settings else PlcSettings()
    metrics = settings.metrics if settings else MetricsSettings()
    web = settings.web if settings else WebSettings()
    checks = [
        _plc(plc),
        _free("port for Prometheus", metrics.host, metrics.port, "[metrics] port"),
        _free("port for the page", web.host, web.port, "[web] port"),
    ]
    if settings is not None:
        mqtt = settings.mqtt
        remedy = "start it, or mend [mqtt]; verdicts wait in the journal's outbox until then"
        checks.append(_answers("MQTT broker", mqtt.host, mqtt.port, remedy))
    return checks


def _plc(plc: PlcSettings) -> Check:
    if plc.serial is not None:
        return _device(Path(plc.serial.device))
    if plc.client is None:
        return _free("port for the PLC (Modbus)", plc.host, plc.port, "[plc] port")
    remedy = "switch it on, or mend [plc.client]; the line is not ready until it answers"
    return _answers("PLC (Modbus)", plc.client.host, plc.client.port, remedy)


def _free(name: str, host: str, port: int, key: str) -> Check:
    try:
        with socket.create_server((host, port), reuse_port=False):
            return Check(name, "good", f"{host}:{port} is free")
    except PermissionError:
        remedy = f"use a port above 1023, or give the service CAP_NET_BIND_SERVICE ({key})"
        return Check(name, "bad", f"{host}:{port} may not be opened", remedy)
    except OSError as error:
        remedy = f"stop the program that has it (ss -ltnp 'sport = :{port}'), or change {key}"
        return Check(name, "bad", f"{host}:{port}: {error.strerror}", remedy)


def _device(device: Path) -> Check:
    name = "serial line to the PLC"
    if not device.is_char_device():
        remedy = "plug the adapter in, or mend [plc.serial] device (ls /dev/serial/by-id)"
        return Check(name, "bad", f"{device} is no serial device", remedy)
    if not os.access(device, os.R_OK | os.W_OK):
        remedy = "put the user into the group dialout"
        return Check(name, "bad", f"{device} may not be opened", remedy)
    return Check(name, "good", f"{device} is there")


def _answers(name: str, host: str, port: int, remedy: str) -> Check:
    try:
        with socket.create_connection((host, port), timeout=_CONNECT_TIMEOUT_S):
            return Check(name, "good", f"{host}:{port} answers")
    except OSError as error:
        return Check(name, "note", f"{host}:{port}: {error}", remedy)
