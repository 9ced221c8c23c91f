"""Section `plc`: the Modbus registers that the line PLC talks to."""

from pathlib import PurePath
from typing import Literal

from pydantic import Field

from inspectd.settings.base import Host, Port, Section


class PlcTlsSettings(Section):
    """Modbus/TCP Security: TLS with certificates of both sides. Its own port is 802."""

    certificate_file: PurePath = Field(description="This server's certificate and chain, PEM.")
    key_file: PurePath = Field(description="Its private key, PEM, without a passphrase.")
    ca_file: PurePath = Field(description="The CA that vouches for clients, PEM.")
    writer_role: str = Field(
        "",
        max_length=127,
        description="Role in a client's certificate that may write; empty: any client may.",
    )


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
