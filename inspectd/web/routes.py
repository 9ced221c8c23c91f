"""The page and its API (`docs/reference/http-api.md`)."""

from dataclasses import asdict
from importlib.resources import files

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inspectd.observe.health import Health, alive, ready
from inspectd.observe.http import join_politely
from inspectd.web.alarms import AlarmApi, AlarmControls
from inspectd.web.board import Board
from inspectd.web.events import EventStream, Hub
from inspectd.web.verification import VerificationApi, VerificationDesk

_FILES = {
    "/": ("index.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
    "/alarms.js": ("alarms.js", "text/javascript"),
    "/link.js": ("link.js", "text/javascript"),
    "/strings.js": ("strings.js", "text/javascript"),
}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Pictures and counters of a running line: yesterday's are wrong, not just old.
    "Cache-Control": "no-store",
}
_FOR_EVER = "private, max-age=3600, immutable"


def make_app(
    board: Board,
    hub: Hub,
    desk: VerificationDesk | None = None,
    alarms: AlarmControls | None = None,
) -> Starlette:
    """The ASGI application; it reads `board`, and asks nobody but the desks to do anything."""
    api = _Api(board)
    return Starlette(
        routes=[
            *(_static(path, name, kind) for path, (name, kind) in _FILES.items()),
            Route("/api/state", api.state),
            Route("/api/slack", api.slack),
            Route("/api/parts", api.parts),
            Route("/api/parts/{acquisition_id:int}/{station}.jpg", api.picture),
            Route("/api/events", EventStream(hub), methods=["GET"]),
            Route("/healthz", api.healthz),
            Route("/readyz", api.readyz),
            *(() if desk is None else _verification(desk)),
            *(() if alarms is None else _alarms(board, alarms)),
        ],
        middleware=[Middleware(_SecurityHeaders)],
    )


class _Api:
    def __init__(self, board: Board) -> None:
        self._board = board

    async def state(self, _request: Request) -> Response:
        return Response(self._board.state_json(), media_type="application/json")

    async def slack(self, _request: Request) -> Response:
        return JSONResponse({"deadline_slack": self._board.deadline_slack})

    async def parts(self, _request: Request) -> Response:
        parts = await join_politely(b",", self._board.parts_json())
        return Response(b"[" + parts + b"]", media_type="application/json")

    async def picture(self, request: Request) -> Response:
        where = request.path_params
        picture = self._board.preview(where["acquisition_id"], where["station"])
        if picture is None:
            return JSONResponse({"error": "no such picture is kept any more"}, 404)
        # `of` names the verdict, so that this address never means another picture.
        headers = {"Cache-Control": _FOR_EVER} if "of" in request.query_params else None
        return Response(picture.jpeg, media_type="image/jpeg", headers=headers)

    async def healthz(self, _request: Request) -> Response:
        return _answer(alive(self._board.status_age_s))

    async def readyz(self, _request: Request) -> Response:
        status = self._board.status
        health = ready(status, self._board.status_age_s)
        notices = () if status is None else (*status.withheld, *status.notices)
        return JSONResponse({**asdict(health), "notices": notices}, 200 if health.ok else 503)


def _answer(health: Health) -> Response:
    return JSONResponse(asdict(health), 200 if health.ok else 503)


def _verification(desk: VerificationDesk) -> tuple[Route, ...]:
    api = VerificationApi(desk)
    return (
        Route("/api/verification", api.show, methods=["GET"]),
        Route("/api/verification", api.verify, methods=["POST"]),
        Route("/api/verification/acknowledge", api.acknowledge, methods=["POST"]),
    )


def _alarms(board: Board, controls: AlarmControls) -> tuple[Route, ...]:
    api = AlarmApi(board, controls)
    return (
        Route("/api/alarms", api.show, methods=["GET"]),
        Route("/api/alarms/{alarm}/acknowledge", api.acknowledge, methods=["POST"]),
        Route("/api/alarms/{alarm}/shelve", api.shelve, methods=["POST"]),
    )


def _static(path: str, name: str, media_type: str) -> Route:
    # Read once: a request never waits for the disk that the journal writes to.
    content = files("inspectd.web").joinpath("static", name).read_bytes()

    async def serve(_request: Request) -> Response:
        return Response(content, media_type=media_type)

    return Route(path, serve)


class _SecurityHeaders:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)
