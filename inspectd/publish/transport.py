"""How the registers reach the PLC."""

from collections.abc import Callable
from typing import Protocol

from inspectd_drivers.modbus import ModbusCounters, ModbusServer
from inspectd_drivers.modbus_bank import RegisterBank

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


def modbus_tcp_server(settings: PlcSettings, bank: RegisterBank) -> Transport:
    """A server that the PLC, and anybody who reads, connects to."""
    return ModbusServer(
        settings.host,
        settings.port,
        bank,
        unit_id=settings.unit_id,
        max_connections=settings.max_connections,
    )
