"""Section `plc`: the Modbus registers that the line PLC talks to."""

from pathlib import PurePath
from typing import Literal, Self

from pydantic import Field, model_validator

from inspectd.settings.base import Host, Port, Section


class PlcTlsSettings(Section):
    """Modbus/TCP Security: TLS with certificates of both sides. Its own port is 802."""

    certificate_file: PurePath = Field(description="This server's certificate and chain, PEM.")
    key_file: PurePath = Field(
        description="Its private key, PEM, without a passphrase; `credential:NAME`: of systemd."
    )
    ca_file: PurePath = Field(description="The CA that vouches for clients, PEM.")
    writer_role: str = Field(
        "",
        max_length=127,
        description="Role in a client's certificate that may write; empty: any client may.",
    )


class PlcClientSettings(Section):
    """A PLC that is itself the server: inspectd connects, polls and writes.

    Both blocks are holding registers of the PLC; addresses are 0-based.
    """

    host: str = Field(min_length=1, max_length=255, description="The PLC's address.")
    port: int = Field(502, ge=1, le=65_535, description="Its Modbus TCP port.")
    control_address: int = Field(
        0, ge=0, le=65_526, description="First of the 10 control registers, which are polled."
    )
    input_address: int = Field(
        100, ge=0, le=65_474, description="Where the input registers are written, all of them."
    )
    poll_ms: int = Field(10, ge=1, le=1000, description="Pause between two polls.")
    timeout_ms: int = Field(
        500, ge=50, le=10_000, description="Longest wait for a connection or an answer."
    )


class PlcSerialSettings(Section):
    """Modbus RTU on a serial line, instead of TCP; 8 data bits."""

    device: str = Field(
        min_length=1, max_length=255, description="Best by `/dev/serial/by-id/`: it keeps its name."
    )
    baud: int = Field(19_200, ge=1200, le=921_600, description="Bits per second.")
    parity: Literal["even", "odd", "none"] = Field(
        "even", description="As the PLC has it; the standard's default is even."
    )
    stop_bits: Literal[1, 2] = Field(1, description="The standard has 2 where parity is none.")


class PlcSettings(Section):
    """Where the PLC finds the registers, and how long it may be silent."""

    host: Host = "127.0.0.1"
    port: Port = 5020
    unit_id: int = Field(1, ge=1, le=247, description="Unit answered, besides 0 and 255.")
    word_order: Literal["high_first", "low_first"] = Field(
        "high_first", description="Which word of a 32-bit number stands at the lower address."
    )
    max_connections: int = Field(8, ge=1, le=64, description="Clients at a time.")
    watchdog_ms: int = Field(
        1000, ge=100, le=60_000, description="Longest silence of the PLC's heartbeat counter."
    )
    handshake_timeout_ms: int = Field(
        5000, ge=100, le=600_000, description="How long a handshake bit may stand unanswered."
    )
    tls: PlcTlsSettings | None = None
    client: PlcClientSettings | None = None
    serial: PlcSerialSettings | None = None

    @model_validator(mode="after")
    def _one_way_to_the_plc(self) -> Self:
        ways = [way for way in ("tls", "client", "serial") if getattr(self, way) is not None]
        if len(ways) > 1:
            named = " and ".join(f"[plc.{way}]" for way in ways)
            msg = f"{named}: there is one way to the PLC; leave out all but one"
            raise ValueError(msg)
        return self
