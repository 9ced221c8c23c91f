"""What a person may ask of the line: to verify with the gauge, and to acknowledge a failure.

The only addresses that change anything. A page of another origin cannot use them: a browser sends
JSON across origins only after asking (CORS, Fetch Standard 3.2), which nobody here answers, and
says where it comes from (`Origin`), which must be this very host.
"""

from typing import Any, Protocol
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

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
        return self._refusal(request) or self._answer(self._desk.verify())

    async def acknowledge(self, request: Request) -> Response:
        """Acknowledge: 202, or 409 with the reason."""
        return self._refusal(request) or self._answer(self._desk.acknowledge())

    def _answer(self, why_not: str) -> Response:
        if self._desk.verification() is None:
            return JSONResponse(_NONE, 404)
        return JSONResponse({"error": why_not}, 409) if why_not else self._found(202)

    def _found(self, status: int) -> Response:
        found = self._desk.verification()
        return JSONResponse(_NONE, 404) if found is None else JSONResponse(found, status)

    def _refusal(self, request: Request) -> Response | None:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            return JSONResponse({"error": "send it as Content-Type: application/json"}, 415)
        origin = request.headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
            return JSONResponse({"error": "only the line's own page may ask for this"}, 403)
        return None
