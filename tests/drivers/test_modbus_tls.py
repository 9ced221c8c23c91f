"""Modbus/TCP Security: who is let in, and who may write."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from inspectd_drivers.modbus import ModbusServer
from inspectd_drivers.modbus_bank import RegisterBank
from inspectd_drivers.modbus_tls import make_tls, role_of
from pymodbus.client import AsyncModbusTlsClient
from support.certificates import Authority
from support.modbus import TIMEOUT_S, WORDS, Nobody, frame, response

from inspectd.core.errors import ConfigurationError

_DER = serialization.Encoding.DER
Files = tuple[Path, Path]
Until = Callable[[Callable[[], bool]], Awaitable[None]]


class Plant:
    """A server with TLS, its CA, and who was refused."""

    def __init__(self, folder: Path, writer_role: str) -> None:
        self.authority = Authority(folder, "plant")
        self.refusals: list[str] = []
        certificate, key = self.authority.issue("inspectd")
        bank = RegisterBank(Nobody(), control_words=10, mirror_address=1000)
        bank.publish(WORDS)
        self.server = ModbusServer(
            "127.0.0.1",
            0,
            bank,
            unit_id=1,
            max_connections=4,
            tls=make_tls(certificate, key, self.authority.ca_file, writer_role),
            refused=lambda peer, why: self.refusals.append(f"{peer}: {why}"),
        )

    def context(self, files: Files | None) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.authority.ca_file)
        if files is not None:
            context.load_cert_chain(*files)
        return context

    @asynccontextmanager
    async def client(
        self, files: Files | None
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.server.port, ssl=self.context(files)
        )
        try:
            async with asyncio.timeout(TIMEOUT_S):
                yield reader, writer
        finally:
            writer.close()
            await asyncio.gather(writer.wait_closed(), return_exceptions=True)


@pytest.fixture(params=[""])
async def plant(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Plant]:
    plant = Plant(tmp_path, request.param)
    await plant.server.start()
    yield plant
    await plant.server.stop()


async def test_a_client_that_the_ca_vouches_for_reads_and_writes(plant: Plant) -> None:
    async with plant.client(plant.authority.issue("plc")) as (reader, writer):
        writer.write(frame(1, "06 0000 0001") + frame(2, "04 0000 0001"))
        assert (await response(reader))[2] == bytes.fromhex("06 0000 0001")
        assert (await response(reader))[2] == bytes.fromhex("04 02 0001")
    assert plant.refusals == []


async def test_pymodbus_reads_it_over_tls(plant: Plant) -> None:
    context = plant.context(plant.authority.issue("plc"))
    port = plant.server.port
    async with AsyncModbusTlsClient("127.0.0.1", port=port, sslctx=context) as client:
        block = await client.read_input_registers(0, count=62, device_id=1)
    assert tuple(block.registers) == WORDS


async def refused(plant: Plant, files: Files | None) -> None:
    """Connect and ask; TLS 1.3 tells a client only when it reads."""

    async def ask() -> None:
        async with plant.client(files) as (reader, writer):
            writer.write(frame(1, "04 0000 0001"))
            await response(reader)

    with pytest.raises((OSError, asyncio.IncompleteReadError)):
        await ask()


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda plant, _: plant.authority.issue("plc", days=-1), "certificate has expired"),
        (lambda _, folder: Authority(folder, "stranger").issue("plc"), "unable to get local"),
        (lambda *_: None, "peer did not return a certificate"),
    ],
    ids=["expired", "foreign", "none"],
)
async def test_a_wrong_certificate_is_refused_counted_and_told_in_one_sentence(
    plant: Plant,
    make: Callable[[Plant, Path], Files | None],
    why: str,
    tmp_path: Path,
    until: Until,
) -> None:
    await refused(plant, make(plant, tmp_path))
    await until(lambda: plant.server.counters.tls_refused == 1)
    (told,) = plant.refusals
    assert told.startswith("127.0.0.1: ")
    assert why in told
    assert "\n" not in told
    await until(lambda: plant.server.counters.connections == 0)
    async with plant.client(plant.authority.issue("plc")) as (reader, writer):
        writer.write(frame(1, "04 0000 0001"))
        assert (await response(reader))[2] == bytes.fromhex("04 02 0001")


@pytest.mark.parametrize("sent", [frame(1, "04 0000 0001"), b"", b"GET / HTTP/1.1\r\n\r\n"])
async def test_whoever_speaks_no_tls_is_answered_nothing(
    plant: Plant, sent: bytes, until: Until
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", plant.server.port)
    writer.write(sent)
    if not sent:
        writer.close()
    # What comes, if anything, is a TLS alert and never a response.
    with contextlib.suppress(ConnectionError):
        assert (await reader.read())[:1] in (b"", b"\x15")
    writer.close()
    await until(lambda: plant.server.counters.tls_refused == 1)
    assert plant.server.counters.requests == 0
    assert len(plant.refusals) == 1


@pytest.mark.parametrize("plant", ["Line PLC"], indirect=True)
async def test_only_the_role_of_the_writer_writes_and_everybody_reads(plant: Plant) -> None:
    for role in (None, "Operator", "line plc"):
        async with plant.client(plant.authority.issue("panel", role=role)) as (reader, writer):
            writer.write(frame(1, "06 0000 0001") + frame(2, "04 0000 0001"))
            assert (await response(reader))[2] == bytes.fromhex("86 01")
            assert (await response(reader))[2] == bytes.fromhex("04 02 0001")
    assert plant.server.counters.role_refused == 3
    assert "no role, not 'Line PLC'" in plant.refusals[0]
    assert not plant.server.bank.has_writer
    async with plant.client(plant.authority.issue("plc", role="Line PLC")) as (reader, writer):
        writer.write(frame(1, "06 0000 0001"))
        assert (await response(reader))[2] == bytes.fromhex("06 0000 0001")


async def test_a_handshake_under_way_does_not_keep_the_server_from_stopping(
    plant: Plant, until: Until
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", plant.server.port)
    await until(lambda: plant.server.counters.connections == 1)
    await plant.server.stop()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    writer.close()


@pytest.mark.parametrize(
    ("der", "role"),
    [
        (b"\x0c\x08Operator", "Operator"),
        (b"\x13\x08Operator", ""),
        (b"\x0c\x09Operator", ""),
        (b"\x0c\x07Operator", ""),
        (b"\x0c\x02\xff\xff", ""),
        (b"\x0c", ""),
        (b"", ""),
    ],
)
def test_a_role_is_a_whole_utf8_string_or_none(der: bytes, role: str, tmp_path: Path) -> None:
    certificate, _ = Authority(tmp_path, "plant").issue("plc", role=der)
    loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
    assert role_of(loaded.public_bytes(_DER)) == role


def test_what_is_no_certificate_has_no_role() -> None:
    assert role_of(b"no certificate") == ""


@pytest.mark.parametrize("wrong", ["certificate", "key", "ca"])
def test_a_file_that_does_not_do_is_named(wrong: str, tmp_path: Path) -> None:
    authority = Authority(tmp_path, "plant")
    certificate, key = authority.issue("inspectd")
    files = {"certificate": certificate, "key": key, "ca": authority.ca_file}
    files[wrong] = tmp_path / "missing.pem"
    with pytest.raises(ConfigurationError, match=rf"plc\.tls.*{wrong}_file.*missing") as caught:
        make_tls(files["certificate"], files["key"], files["ca"], "")
    assert "\n" not in str(caught.value)


def test_a_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "plant")
    (certificate, _), (_, key) = authority.issue("inspectd"), authority.issue("other")
    with pytest.raises(ConfigurationError, match="key"):
        make_tls(certificate, key, authority.ca_file, "")
