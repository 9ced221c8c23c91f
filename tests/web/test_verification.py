"""What may be asked of the line over HTTP, and by whom."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest

from inspectd.observe.snapshot import LineSnapshot
from inspectd.web.board import Board
from inspectd.web.events import Hub
from inspectd.web.routes import make_app

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "http-api.md"
ADDRESSES = ["/api/verification", "/api/verification/acknowledge"]


class Desk(Protocol):
    asked: list[str]
    why_not: str
    found: dict[str, Any] | None

    def verify(self) -> str: ...
    def acknowledge(self) -> str: ...
    def verification(self) -> dict[str, Any] | None: ...


@pytest.fixture
async def client(board: Board, desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(make_app(board, Hub(board, max_clients=1), desk))
    async with httpx.AsyncClient(transport=transport, base_url="http://line:8080") as client:
        yield client


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("origin", [{}, {"Origin": "http://line:8080"}])
async def test_the_lines_own_page_and_programs_may_ask(
    client: httpx.AsyncClient, desk: Desk, address: str, origin: dict[str, str]
) -> None:
    answer = await client.post(address, json={}, headers=origin)
    assert (answer.status_code, answer.json()) == (202, {"left": 0})
    assert desk.asked == [address]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "application/json", "Origin": "http://evil.example"}, 403),
        ({"Content-Type": "application/json", "Origin": "http://line:8081"}, 403),
        ({"Content-Type": "application/json", "Origin": "null"}, 403),
        ({"Content-Type": "application/json", "Origin": "//line:8080@evil.example"}, 403),
        # What a form of another page can send without being asked for leave.
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({}, 415),
    ],
)
async def test_nobody_else_may(
    client: httpx.AsyncClient, desk: Desk, address: str, headers: dict[str, str], status: int
) -> None:
    answer = await client.post(address, content=b"{}", headers=headers)
    assert answer.status_code == status
    assert desk.asked == []
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_nothing_else_can_be_done(
    client: httpx.AsyncClient, desk: Desk, address: str, method: str
) -> None:
    assert (await client.request(method, address)).status_code == 405
    assert desk.asked == []


@pytest.mark.parametrize("address", ADDRESSES)
async def test_what_is_not_possible_is_a_conflict_with_its_reason(
    client: httpx.AsyncClient, desk: Desk, address: str
) -> None:
    desk.why_not = "one is running"
    answer = await client.post(address, json={})
    assert (answer.status_code, answer.json()) == (409, {"error": "one is running"})


async def test_without_a_gauge_there_is_nothing_to_ask_for(
    client: httpx.AsyncClient, desk: Desk
) -> None:
    desk.found = None
    for answer in (await client.get(ADDRESSES[0]), await client.post(ADDRESSES[0], json={})):
        assert answer.status_code == 404
        assert "[verification]" in answer.json()["error"]


async def test_readiness_says_why_nothing_passes_and_what_will_need_somebody_soon(
    client: httpx.AsyncClient, board: Board, make_snapshot: Callable[..., LineSnapshot]
) -> None:
    board.set_status(make_snapshot(withheld=("verify",), notices=("expires in 3 days",)))
    answer = await client.get("/readyz")
    said = {"ok": True, "reasons": [], "notices": ["verify", "expires in 3 days"]}
    assert (answer.status_code, answer.json()) == (200, said)


def test_the_addresses_are_documented() -> None:
    reference = REFERENCE.read_text(encoding="utf-8")
    assert [address for address in ADDRESSES if f"`{address}`" not in reference] == []
