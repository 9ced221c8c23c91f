"""A cable on loopback that can be pulled."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from bench.cable import HOST, Cable

from inspectd.core.errors import PublishError


@pytest.fixture(autouse=True)
async def bounded() -> AsyncIterator[None]:
    async with asyncio.timeout(60.0):
        yield


@pytest.fixture
async def echo_port() -> AsyncIterator[int]:
    """A server that sends back what it gets."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(echo, HOST, 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


async def test_bytes_pass_both_ways(echo_port: int) -> None:
    async with Cable(0, (HOST, echo_port)) as cable:
        reader, writer = await asyncio.open_connection(HOST, cable.port)
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"hello"
        writer.close()


async def test_pulled_it_resets_connections_old_and_new_until_it_is_plugged_in(
    echo_port: int,
) -> None:
    async with Cable(0, (HOST, echo_port)) as cable:
        reader, writer = await asyncio.open_connection(HOST, cable.port)
        writer.write(b"x")
        await reader.readexactly(1)
        cable.pull()
        with pytest.raises(ConnectionResetError):
            await reader.read()
        late, _ = await asyncio.open_connection(HOST, cable.port)
        with pytest.raises(ConnectionResetError):
            await late.read()
        cable.plug_in()
        reader, writer = await asyncio.open_connection(HOST, cable.port)
        writer.write(b"again")
        assert await reader.readexactly(5) == b"again"
        writer.close()


async def test_nobody_at_the_far_end_is_a_reset(echo_port: int) -> None:
    async with Cable(0, (HOST, echo_port)) as cable, Cable(0, (HOST, cable.port)) as longer:
        cable.pull()
        reader, _ = await asyncio.open_connection(HOST, longer.port)
        with pytest.raises(ConnectionResetError):
            await reader.read()


async def test_a_taken_port_is_one_line(echo_port: int) -> None:
    with pytest.raises(PublishError, match=str(echo_port)):
        async with Cable(echo_port, (HOST, 1)):
            pass
