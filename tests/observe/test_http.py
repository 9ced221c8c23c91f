import asyncio
import contextlib
import signal

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from inspectd.core.errors import PublishError
from inspectd.observe.http import HttpServer

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def hello(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


def make_server(host: str = "127.0.0.1", max_connections: int = 3, port: int = 0) -> HttpServer:
    return HttpServer(Starlette(routes=[Route("/", hello)]), host, port, "web", max_connections)


async def test_it_answers_as_soon_as_it_has_started() -> None:
    server = make_server()
    await server.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(REQUEST)

    assert (await reader.readline()).startswith(b"HTTP/1.1 200")

    writer.close()
    await server.stop()


async def test_one_connection_too_many_is_closed_and_the_others_are_served() -> None:
    server = make_server(max_connections=2)
    await server.start()
    first, second, third = [
        await asyncio.open_connection("127.0.0.1", server.port) for _ in range(3)
    ]

    # Closed at once, without an answer: by EOF or by reset, as the kernel has it.
    with contextlib.suppress(ConnectionResetError):
        assert await asyncio.wait_for(third[0].read(), 60) == b""
    second[1].write(REQUEST)
    assert (await second[0].readline()).startswith(b"HTTP/1.1 200")

    first[1].close()
    await first[1].wait_closed()
    second[1].close()
    third[1].close()
    await server.stop()


async def test_the_port_is_free_again_after_stop(free_port: int) -> None:
    # Not one of the kernel's: another test might have it by then.
    server = make_server(port=free_port)
    await server.start()
    await server.stop()

    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", server.port)


async def test_a_client_that_stays_does_not_hold_up_the_end() -> None:
    server = make_server()
    await server.start()
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET / HT")

    await asyncio.wait_for(server.stop(), 60)

    writer.close()


async def test_stop_without_start_is_harmless() -> None:
    await make_server().stop()


async def test_signals_stay_the_supervisor_s() -> None:
    before = signal.getsignal(signal.SIGTERM)
    server = make_server()
    await server.start()

    assert signal.getsignal(signal.SIGTERM) is before

    await server.stop()


@pytest.mark.parametrize("host", ["203.0.113.1", "no such host"])
async def test_an_address_that_is_not_ours_is_one_clear_line(host: str) -> None:
    with pytest.raises(PublishError, match=f"web: cannot listen on {host}:0: .*under \\[web\\]"):
        await make_server(host).start()
