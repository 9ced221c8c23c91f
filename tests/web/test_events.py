import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from inspectd.core.errors import PublishError
from inspectd.core.verdict import Verdict
from inspectd.observe.snapshot import LineSnapshot
from inspectd.settings.web import WebSettings
from inspectd.web import events
from inspectd.web.board import Board
from inspectd.web.server import WebServer

MakeVerdict = Callable[..., Verdict]
MakeSnapshot = Callable[..., LineSnapshot]
Eventually = Callable[[Callable[[], bool]], None]
Said = AsyncIterator[tuple[str, Any]]


@asynccontextmanager
async def follow(server: WebServer) -> AsyncIterator[Said]:
    """Follow the stream; what it says first is a beat."""
    address = f"http://127.0.0.1:{server.port}/api/events"
    async with httpx.AsyncClient(timeout=60) as client, client.stream("GET", address) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        said = events_of(answer)
        assert await anext(said) == ("beat", {})
        yield said


def streams(loop: asyncio.AbstractEventLoop) -> list[str]:
    """What still runs for followers."""
    running = [repr(task.get_coro()) for task in asyncio.all_tasks(loop)]
    return [task for task in running if "_write" in task or "EventStream" in task]


async def events_of(answer: httpx.Response) -> Said:
    name = ""
    async for line in answer.aiter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


async def test_a_follower_hears_what_happens_in_order(
    server: WebServer, board: Board, make_verdict: MakeVerdict, make_snapshot: MakeSnapshot
) -> None:
    async with follow(server) as said:
        board.add(make_verdict(part_id=77), 24.5)
        board.add_preview(1, "cam1", b"jpeg", 8, 6)
        board.set_status(make_snapshot(line="press 3"))

        part, preview, status = [await anext(said) for _ in range(3)]

    assert (part[0], part[1]["verdict"]["part_id"]) == ("part", 77)
    assert (preview[0], preview[1]["previews"][0]["station"]) == ("preview", "cam1")
    assert (status[0], status[1]["status"]["line"]) == ("status", "press 3")


async def test_in_silence_a_follower_hears_beats(
    server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "BEAT_S", 0.01)

    async with follow(server) as said:
        assert [await anext(said) for _ in range(3)] == [("beat", {})] * 3


async def test_followers_are_counted_while_they_follow(
    server: WebServer, eventually: Eventually
) -> None:
    async with follow(server), follow(server):
        assert server.clients == 2

    await asyncio.to_thread(eventually, lambda: server.clients == 0)
    assert server.clients_dropped == 0


async def test_one_follower_too_many_is_told_so(server: WebServer) -> None:
    async with follow(server), follow(server), httpx.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{server.port}/api/events")

    assert answer.status_code == 503
    assert "max_clients" in answer.json()["error"]


async def test_a_place_is_free_again_when_a_follower_left(
    server: WebServer, eventually: Eventually
) -> None:
    async with follow(server):
        async with follow(server):
            pass
        await asyncio.to_thread(eventually, lambda: server.clients == 1)
        async with follow(server):
            assert server.clients == 2


async def test_a_slow_follower_is_cut_off_and_the_others_hear_everything(
    server: WebServer, board: Board, make_verdict: MakeVerdict, eventually: Eventually
) -> None:
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.connect(("127.0.0.1", server.port))
    slow.sendall(b"GET /api/events HTTP/1.1\r\nHost: x\r\n\r\n")
    await asyncio.to_thread(eventually, lambda: server.clients == 1)

    heard = 0
    async with follow(server) as said:
        for number in range(1, 100_000):
            board.add(make_verdict(sequence=number), 24.5)
            name, _ = await anext(said)
            heard += name == "part"
            if server.clients_dropped:
                break
        assert server.clients == 1
    slow.close()

    assert server.clients_dropped == 1
    assert heard == number


async def test_a_burst_larger_than_the_queue_ends_the_stream(
    server: WebServer, board: Board, make_verdict: MakeVerdict, eventually: Eventually
) -> None:
    loop = asyncio.get_running_loop()
    async with follow(server) as said:
        for number in range(1, events.QUEUED_EVENTS + 2):
            board.add(make_verdict(sequence=number), 24.5)
        with pytest.raises(httpx.RemoteProtocolError):
            _ = [event async for event in said]

    await asyncio.to_thread(eventually, lambda: not streams(loop))
    assert server.clients_dropped == 1


async def test_without_followers_nothing_is_encoded(
    server: WebServer, board: Board, make_verdict: MakeVerdict, eventually: Eventually
) -> None:
    async with follow(server):
        assert len(board._listeners) == 1
    await asyncio.to_thread(eventually, lambda: server.clients == 0)

    assert board._listeners == []
    board.add(make_verdict(), 24.5)


async def test_the_end_of_the_service_ends_the_streams(board: Board) -> None:
    server = WebServer(WebSettings(port=0), board)
    await server.start()
    async with follow(server) as said:
        await asyncio.wait_for(server.stop(), 60)

        assert [event async for event in said] == []


async def test_a_busy_port_is_one_clear_line(server: WebServer, board: Board) -> None:
    with pytest.raises(PublishError, match=r"^web: cannot listen on 127\.0\.0\.1:\d+: Address"):
        await WebServer(WebSettings(port=server.port), board).start()
