"""Who may change anything: the line's own page, and programs that are no page.

A page of another origin cannot: a browser sends JSON across origins only after asking (CORS, Fetch
Standard 3.2), which nobody here answers, and says where it comes from (`Origin`), which must be
this very host.
"""

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


def refusal(request: Request) -> Response | None:
    """The answer to a request that may change nothing; None for one that may."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        return JSONResponse({"error": "send it as Content-Type: application/json"}, 415)
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        return JSONResponse({"error": "only the line's own page may ask for this"}, 403)
    return None
