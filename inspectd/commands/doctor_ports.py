"""Whether the ports that the service needs are free."""

import socket

from inspectd.commands.checks import Check
from inspectd.settings.metrics import MetricsSettings
from inspectd.settings.plc import PlcSettings
from inspectd.settings.root import Settings
from inspectd.settings.web import WebSettings

_CONNECT_TIMEOUT_S = 2.0


def check_ports(settings: Settings | None) -> list[Check]:
    """The three ports that are listened on, and the broker that is connected to."""
    plc = settings.plc if settings else PlcSettings()
    metrics = settings.metrics if settings else MetricsSettings()
    web = settings.web if settings else WebSettings()
    checks = [
        _free("port for the PLC (Modbus)", plc.host, plc.port, "[plc] port"),
        _free("port for Prometheus", metrics.host, metrics.port, "[metrics] port"),
        _free("port for the page", web.host, web.port, "[web] port"),
    ]
    if settings is not None:
        checks.append(_broker(settings.mqtt.host, settings.mqtt.port))
    return checks


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


def _broker(host: str, port: int) -> Check:
    try:
        with socket.create_connection((host, port), timeout=_CONNECT_TIMEOUT_S):
            return Check("MQTT broker", "good", f"{host}:{port} answers")
    except OSError as error:
        remedy = "start it, or mend [mqtt]; verdicts wait in the journal's outbox until then"
        return Check("MQTT broker", "note", f"{host}:{port}: {error}", remedy)
