"""The addresses under /api/alarms."""

from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol

import httpx
import pytest

from inspectd.observe.snapshot import AlarmSnapshot, LineSnapshot
from inspectd.web.board import Board
from inspectd.web.events import Hub
from inspectd.web.routes import make_app

DOWN = AlarmSnapshot(
    id="station_down",
    state="unacknowledged",
    priority="high",
    detail="station top: gone",
    age_s=1.0,
    chattering=False,
    shelved_s=None,
    within_min=5,
    cause=("a", "b"),
    consequence=("c", "d"),
    action=("e", "f"),
)


class Controls(Protocol):
    asked: list[tuple[str, float | None]]
    why_not: str

    def acknowledge(self, alarm: str) -> str: ...
    def shelve(self, alarm: str, minutes: float) -> str: ...


@pytest.fixture
async def client(board: Board, controls: Controls) -> AsyncIterator[httpx.AsyncClient]:
    app = make_app(board, Hub(board, max_clients=1), None, controls)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://line:8080") as client:
        yield client


async def test_what_is_not_normal_is_listed(
    client: httpx.AsyncClient, board: Board, make_snapshot: Callable[..., LineSnapshot]
) -> None:
    assert (await client.get("/api/alarms")).json() == []
    board.set_status(make_snapshot(alarms=(DOWN,)))
    (found,) = (await client.get("/api/alarms")).json()
    assert (found["id"], found["action"]) == ("station_down", ["e", "f"])


async def test_an_alarm_is_acknowledged(client: httpx.AsyncClient, controls: Controls) -> None:
    answer = await client.post("/api/alarms/station_down/acknowledge", json={})
    assert answer.status_code == 202
    assert controls.asked == [("station_down", None)]


async def test_an_alarm_is_shelved(client: httpx.AsyncClient, controls: Controls) -> None:
    answer = await client.post("/api/alarms/broker_away/shelve", json={"minutes": 30})
    assert answer.status_code == 202
    assert controls.asked == [("broker_away", 30)]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"minutes": "5"}', b'{"minutes": -1}', b'{"minutes": 481}', b"1"]
)
async def test_no_time_is_no_shelf(
    client: httpx.AsyncClient, controls: Controls, body: bytes
) -> None:
    kind = {"Content-Type": "application/json"}
    answer = await client.post("/api/alarms/broker_away/shelve", content=body, headers=kind)
    assert answer.status_code == 422
    assert "minutes" in answer.json()["error"]
    assert controls.asked == []


@pytest.mark.parametrize("what", ["acknowledge", "shelve"])
async def test_what_is_not_possible_is_a_conflict_and_nobody_else_may(
    client: httpx.AsyncClient, controls: Controls, what: str
) -> None:
    controls.why_not = "no alarm is called coffee"
    body: dict[str, Any] = {"minutes": 5}
    answer = await client.post(f"/api/alarms/coffee/{what}", json=body)
    assert (answer.status_code, answer.json()) == (409, {"error": controls.why_not})
    foreign = {"Origin": "http://evil.example"}
    answer = await client.post(f"/api/alarms/coffee/{what}", json=body, headers=foreign)
    assert answer.status_code == 403
    assert len(controls.asked) == 1
