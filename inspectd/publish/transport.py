"""How the registers reach the PLC."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import structlog
from inspectd_drivers.modbus import ModbusCounters, ModbusServer
from inspectd_drivers.modbus_bank import RegisterBank
from inspectd_drivers.modbus_tls import make_tls

from inspectd.settings.plc import PlcSettings


class Transport(Protocol):
    """Lets PLCs at the registers of one bank. All calls on the loop's thread."""

    @property
    def port(self) -> int:
        """The TCP port, 0 where there is none."""
        ...

    @property
    def counters(self) -> ModbusCounters:
        """Totals so far."""
        ...

    async def start(self) -> None:
        """Let the PLC in. Raises PublishError."""
        ...

    async def stop(self) -> None:
        """Close everything. Harmless when not started."""
        ...


MakeTransport = Callable[[PlcSettings, RegisterBank], Transport]


# A client that is refused tries again and again: it is told once a minute.
_TELL_AGAIN_S = 60.0

log = structlog.get_logger("plc")


def modbus_tcp_server(settings: PlcSettings, bank: RegisterBank) -> Transport:
    """A server that the PLC, and anybody who reads, connects to. Raises ConfigurationError."""
    tls = settings.tls
    return ModbusServer(
        settings.host,
        settings.port,
        bank,
        unit_id=settings.unit_id,
        max_connections=settings.max_connections,
        tls=None
        if tls is None
        else make_tls(
            Path(tls.certificate_file), Path(tls.key_file), Path(tls.ca_file), tls.writer_role
        ),
        refused=_Refusals(),
    )


class _Refusals:
    """Logs who was refused and why, each once a minute; the counters count every time."""

    def __init__(self) -> None:
        self._told_s: dict[tuple[str, str], float] = {}

    def __call__(self, peer: str, why: str) -> None:
        now_s = time.monotonic()
        recent = {key: at for key, at in self._told_s.items() if now_s - at < _TELL_AGAIN_S}
        if (peer, why) not in recent:
            log.warning("modbus_client_refused", peer=peer, why=why)
            recent[peer, why] = now_s
        self._told_s = recent
