"""What a person does about alarms: to acknowledge one, and to shelve it for a while."""

import json
from typing import Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from inspectd.web.board import Board
from inspectd.web.guard import refusal

_LONGEST_BODY = 1_000
# As core.alarms.LONGEST_SHELF_NS.
LONGEST_SHELF_MIN = 480


class AlarmControls(Protocol):
    """Who carries it out. Called on the loop's thread; none blocks."""

    def acknowledge(self, alarm: str) -> str:
        """Take note of one alarm; why not, or an empty text."""

    def shelve(self, alarm: str, minutes: float) -> str:
        """Do not annunciate it for a while, 0: again; why not, or an empty text."""


class AlarmApi:
    """The addresses under /api/alarms."""

    def __init__(self, board: Board, controls: AlarmControls) -> None:
        self._board = board
        self._controls = controls

    async def show(self, _request: Request) -> Response:
        """All that are not normal."""
        status = self._board.status
        alarms = [] if status is None else status.document()["alarms"]
        return JSONResponse(alarms)

    async def acknowledge(self, request: Request) -> Response:
        """202, or 409 with the reason."""
        return refusal(request) or _answer(self._controls.acknowledge(_alarm(request)))

    async def shelve(self, request: Request) -> Response:
        """`{"minutes": 60}`; 0: not any more. 202, or 409, 422 with the reason."""
        if (refused := refusal(request)) is not None:
            return refused
        minutes = _minutes((await request.body())[:_LONGEST_BODY])
        if minutes is None:
            said = f"minutes: a number from 0 to {LONGEST_SHELF_MIN} is needed"
            return JSONResponse({"error": said}, 422)
        return _answer(self._controls.shelve(_alarm(request), minutes))


def _alarm(request: Request) -> str:
    return str(request.path_params["alarm"])


def _minutes(body: bytes) -> float | None:
    try:
        found = json.loads(body)["minutes"]
    except (ValueError, KeyError, TypeError):
        return None
    is_number = isinstance(found, int | float) and not isinstance(found, bool)
    return found if is_number and 0 <= found <= LONGEST_SHELF_MIN else None


def _answer(why_not: str) -> Response:
    return JSONResponse({"error": why_not}, 409) if why_not else JSONResponse({}, 202)
