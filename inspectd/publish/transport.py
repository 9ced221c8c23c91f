"""How the registers reach the PLC."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import structlog
from inspectd_drivers.modbus import ModbusCounters, ModbusServer
from inspectd_drivers.modbus_bank import RegisterBank
from inspectd_drivers.modbus_tls import ModbusTls, make_tls

from inspectd.core.errors import ConfigurationError
from inspectd.publish.register_map import (
    CONTROL,
    CONTROL_BITS,
    CONTROL_WORDS,
    INPUT,
    INPUT_WORDS,
    STATUS_BITS,
    Bits,
    Register,
)
from inspectd.settings.plc import PlcClientSettings, PlcSerialSettings, PlcSettings, PlcTlsSettings


class Transport(Protocol):
    """Lets PLCs at the registers of one bank. All calls on the loop's thread."""

    @property
    def port(self) -> int:
        """The TCP port that is listened on, 0 where there is none."""
        ...

    @property
    def counters(self) -> ModbusCounters:
        """Totals so far."""
        ...

    @property
    def fault(self) -> str:
        """Why the PLC cannot be reached by us; empty where it can, or where it comes to us."""
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


def modbus_transport(settings: PlcSettings, bank: RegisterBank) -> Transport:
    """The one that the settings ask for. Raises ConfigurationError."""
    if settings.client is not None:
        return modbus_tcp_client(settings, settings.client, bank)
    if settings.serial is not None:
        return modbus_rtu_server(settings.unit_id, settings.serial, bank)
    return modbus_tcp_server(settings, bank)


def modbus_tcp_server(settings: PlcSettings, bank: RegisterBank) -> Transport:
    """A server that the PLC, and anybody who reads, connects to. Raises ConfigurationError."""
    return ModbusServer(
        settings.host,
        settings.port,
        bank,
        unit_id=settings.unit_id,
        max_connections=settings.max_connections,
        tls=None if settings.tls is None else tls_of(settings.tls),
        refused=_Refusals(),
    )


def modbus_tcp_client(
    settings: PlcSettings, client: PlcClientSettings, bank: RegisterBank
) -> Transport:
    """Connects to a PLC that is itself the server. Raises ConfigurationError."""
    # pymodbus takes a quarter of a second to import, and the server has no use for it.
    from inspectd_drivers.modbus_client import BlockLayout, ModbusClient  # noqa: PLC0415

    control = range(client.control_address, client.control_address + CONTROL_WORDS)
    shown = range(client.input_address, client.input_address + INPUT_WORDS)
    if control.start < shown.stop and shown.start < control.stop:
        msg = (
            f"[plc.client] control_address {control.start} and input_address {shown.start}: "
            f"{CONTROL_WORDS} and {INPUT_WORDS} registers from there share some: set them apart"
        )
        raise ConfigurationError(msg)
    return ModbusClient(
        client.host,
        client.port,
        bank,
        BlockLayout(
            record=(
                _register(INPUT, "result_sequence").address,
                _register(INPUT, "result_sequence_copy").end,
            ),
            valid=_place(INPUT, "status", STATUS_BITS, "ResultsValid"),
            held=_place(CONTROL, "control", CONTROL_BITS, "ResultsAck"),
        ),
        unit_id=settings.unit_id,
        control_address=client.control_address,
        input_address=client.input_address,
        poll_s=client.poll_ms / 1000,
        timeout_s=client.timeout_ms / 1000,
        settle_s=settings.handshake_timeout_ms / 1000,
        told=_tell_of_link,
    )


def modbus_rtu_server(unit_id: int, line: PlcSerialSettings, bank: RegisterBank) -> Transport:
    """Answers a PLC on a serial line."""
    from inspectd_drivers.modbus_rtu import (  # noqa: PLC0415 - as above
        ModbusSerialServer,
        SerialLine,
    )

    wire = SerialLine(line.device, line.baud, line.parity, line.stop_bits)
    return ModbusSerialServer(wire, bank, unit_id=unit_id, told=_tell_of_link)


def _tell_of_link(why: str) -> None:
    if why:
        log.warning("plc_link_down", why=why)
    else:
        log.info("plc_link_up")


def _register(table: tuple[Register, ...], name: str) -> Register:
    return next(register for register in table if register.name == name)


def _place(
    table: tuple[Register, ...], register: str, bits: tuple[Bits, ...], name: str
) -> tuple[int, int]:
    """Where a bit stands: its word and its mask."""
    bit = next(field.bit for field in bits if field.name == name)
    return _register(table, register).address, 1 << bit


def tls_of(tls: PlcTlsSettings) -> ModbusTls:
    """The certificates that the settings name, read. Raises ConfigurationError."""
    files = (Path(tls.certificate_file), Path(tls.key_file), Path(tls.ca_file))
    return make_tls(*files, tls.writer_role)


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
