from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from inspectd.core.verdict import Verdict
from inspectd.observe.snapshot import LineSnapshot
from inspectd.web.board import Board
from inspectd.web.events import Hub
from inspectd.web.routes import make_app

MakeVerdict = Callable[..., Verdict]
MakeSnapshot = Callable[..., LineSnapshot]
REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "http-api.md"
FILES = ["/", "/page.css", "/page.js", "/alarms.js", "/link.js", "/strings.js"]


@pytest_asyncio.fixture
async def client(board: Board) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(make_app(board, Hub(board, max_clients=1)))
    async with httpx.AsyncClient(transport=transport, base_url="http://line") as client:
        yield client


@pytest.mark.parametrize("path", FILES)
async def test_the_page_s_files_are_served(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/")
    assert len(answer.content) > 100


@pytest.mark.parametrize("path", FILES)
async def test_the_page_needs_nothing_from_outside(client: httpx.AsyncClient, path: str) -> None:
    text = (await client.get(path)).text.replace("http://www.w3.org/2000/svg", "")

    assert "http://" not in text
    assert "https://" not in text
    assert "//cdn" not in text


@pytest.mark.parametrize("path", [*FILES, "/api/state", "/api/parts", "/healthz", "/nothing"])
async def test_every_answer_is_guarded_and_not_kept(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers

    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize("path", [*FILES, "/api/state", "/api/parts", "/api/events", "/healthz"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_nothing_can_be_written(client: httpx.AsyncClient, method: str, path: str) -> None:
    assert (await client.request(method, path)).status_code == 405


async def test_state_and_parts_are_the_board_s(
    client: httpx.AsyncClient, board: Board, make_verdict: MakeVerdict, make_snapshot: MakeSnapshot
) -> None:
    board.add(make_verdict(part_id=77), 24.5)
    board.set_status(make_snapshot(line="press 3"))

    assert (await client.get("/api/state")).json()["status"]["line"] == "press 3"
    assert (await client.get("/api/parts")).json()[0]["verdict"]["part_id"] == 77


async def test_a_picture_is_served_while_it_is_kept(
    client: httpx.AsyncClient, board: Board, make_verdict: MakeVerdict
) -> None:
    board.add(make_verdict(acquisition_id=5), 24.5)
    board.add_preview(5, "cam1", b"\xff\xd8jpeg", 8, 6)

    found = await client.get("/api/parts/5/cam1.jpg")
    assert found.headers["content-type"] == "image/jpeg"
    assert found.headers["cache-control"] == "no-store"
    assert found.content == b"\xff\xd8jpeg"
    for path in ("/api/parts/5/cam2.jpg", "/api/parts/6/cam1.jpg", "/api/parts/x/cam1.jpg"):
        assert (await client.get(path)).status_code == 404


async def test_a_picture_named_by_its_verdict_may_be_cached(
    client: httpx.AsyncClient, board: Board, make_verdict: MakeVerdict
) -> None:
    board.add(make_verdict(acquisition_id=5), 24.5)
    board.add_preview(5, "cam1", b"jpeg", 8, 6)

    answer = await client.get("/api/parts/5/cam1.jpg?of=boot-1:1")

    assert answer.headers["cache-control"] == "private, max-age=3600, immutable"


async def test_before_the_first_status_it_lives_but_is_not_ready(client: httpx.AsyncClient) -> None:
    alive, ready = await client.get("/healthz"), await client.get("/readyz")

    assert (alive.status_code, alive.json()) == (200, {"ok": True, "reasons": []})
    assert (ready.status_code, ready.json()["reasons"]) == (503, ["the line is starting"])


async def test_a_ready_line_is_ready(
    client: httpx.AsyncClient, board: Board, make_snapshot: MakeSnapshot
) -> None:
    board.set_status(make_snapshot())

    assert (await client.get("/readyz")).status_code == 200


async def test_a_stuck_supervisor_is_reported_as_dead(make_snapshot: MakeSnapshot) -> None:
    now_ns = 0
    board = Board(lambda: now_ns)
    board.set_status(make_snapshot())
    now_ns = 60_000_000_000
    transport = httpx.ASGITransport(make_app(board, Hub(board, max_clients=1)))
    async with httpx.AsyncClient(transport=transport, base_url="http://line") as client:
        assert (await client.get("/healthz")).status_code == 503
        assert (await client.get("/readyz")).status_code == 503


def test_every_address_is_documented(board: Board) -> None:
    reference = REFERENCE.read_text(encoding="utf-8")
    paths = [getattr(route, "path", "") for route in make_app(board, Hub(board, 1)).routes]
    api = [p.replace(":int", "") for p in paths if p not in FILES]

    assert len(api) == 7
    assert [path for path in api if f"`{path}`" not in reference] == []
