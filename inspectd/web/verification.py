"""What a person may ask of the line: to verify with the gauge, and to acknowledge a failure."""

from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from inspectd.web.guard import refusal

_NONE = {"error": "no gauge is configured: name one under [verification] in the settings"}


class VerificationDesk(Protocol):
    """Who carries it out. Called on the loop's thread; none blocks."""

    def verify(self) -> str:
        """Take the next parts for the gauge; why not, or an empty text."""

    def acknowledge(self) -> str:
        """Acknowledge a failed verification; why not, or an empty text."""

    def verification(self) -> dict[str, Any] | None:
        """What it has found, as plain values; None without a gauge."""


class VerificationApi:
    """The addresses under /api/verification."""

    def __init__(self, desk: VerificationDesk) -> None:
        self._desk = desk

    async def show(self, _request: Request) -> Response:
        """How it stands; 404 without a gauge."""
        return self._found(200)

    async def verify(self, request: Request) -> Response:
        """Arm it: 202, or 409 with the reason."""
        return refusal(request) or self._answer(self._desk.verify())

    async def acknowledge(self, request: Request) -> Response:
        """Acknowledge: 202, or 409 with the reason."""
        return refusal(request) or self._answer(self._desk.acknowledge())

    def _answer(self, why_not: str) -> Response:
        if self._desk.verification() is None:
            return JSONResponse(_NONE, 404)
        return JSONResponse({"error": why_not}, 409) if why_not else self._found(202)

    def _found(self, status: int) -> Response:
        found = self._desk.verification()
        return JSONResponse(_NONE, 404) if found is None else JSONResponse(found, status)
