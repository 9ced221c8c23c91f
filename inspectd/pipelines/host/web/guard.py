"""What every request passes first: whose page it is from, and how often it may ask."""

import time
from collections import OrderedDict
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
# Addresses that are remembered; the one that was quiet for longest is forgotten first.
_MOST_CLIENTS = 1000


class Buckets:
    """A token bucket for each client: a minute's requests at once, then their rate."""

    def __init__(self, per_minute: int, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._clock_s = clock_s
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, client: str) -> float:
        """0 where the client may go on; else how long it must wait."""
        now_s = self._clock_s()
        left, since_s = self._left.pop(client, (float(self._per_minute), now_s))
        rate = self._per_minute / 60
        left = min(self._per_minute, left + (now_s - since_s) * rate)
        allowed = left >= 1
        self._left[client] = (left - 1 if allowed else left, now_s)
        if len(self._left) > _MOST_CLIENTS:
            self._left.popitem(last=False)
        return 0.0 if allowed else (1 - left) / rate


class Guard:
    """Around the whole application: what may not pass is refused in words.

    `max_body_bytes`: by what a request says of itself. FastAPI counts what really comes, and
    answers in its own words the few that say nothing or lie.
    """

    def __init__(self, app: ASGIApp, buckets: Buckets, max_body_bytes: int) -> None:
        self._app = app
        self._buckets = buckets
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, or answer it here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        refusal = self._refusal(scope)
        await (refusal or self._app)(scope, receive, with_headers)

    def _refusal(self, scope: Scope) -> JSONResponse | None:
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        foreign = origin is not None and _host_of(origin) != headers.get("host")
        # A form of another site may post files without asking; its browser says where it is from.
        if scope["method"] not in ("GET", "HEAD") and (
            foreign or headers.get("sec-fetch-site") in ("cross-site", "same-site")
        ):
            return JSONResponse({"error": "only this host's own page may ask for this"}, 403)
        said = headers.get("content-length", "0")
        if said.isdigit() and int(said) > self._max_body_bytes:
            told = "the request is larger than web.max_request_mb: send fewer files at once"
            return JSONResponse({"error": told}, 413)
        client = scope["client"][0] if scope.get("client") else "unknown"
        if (wait_s := self._buckets.wait_s(client)) > 0:
            return JSONResponse(
                {"error": f"too many requests (web.requests_per_minute): wait {wait_s:.0f} s"},
                429,
                {"Retry-After": str(max(1, round(wait_s)))},
            )
        return None


def _host_of(origin: str) -> str | None:
    """Host and port; None where it is no address, and so nobody's."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None
