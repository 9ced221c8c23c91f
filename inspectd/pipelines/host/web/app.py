"""The side host's page and REST interface, as a FastAPI application.

Endpoints are plain functions: FastAPI runs them in threads, so that a database that waits for its
turn holds up one request and not the page.
"""

from collections.abc import Callable
from importlib.resources import files
from typing import Annotated, Any

from fastapi import FastAPI, File, Form, Path, Query, Request, UploadFile
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from inspectd import __version__
from inspectd.core.errors import ConfigurationError, InspectdError, PictureError, StoreError
from inspectd.pipelines.host.settings import SideSettings
from inspectd.pipelines.host.web.answers import (
    Answers,
    Error,
    JobAnswer,
    JobNumber,
    Pipelines,
    Question,
    Refused,
    Status,
    Submitted,
)
from inspectd.pipelines.host.web.desk import Desk
from inspectd.pipelines.host.web.guard import Buckets, Guard
from inspectd.pipelines.host.web.metrics import MEDIA_TYPE

_STATIC = {
    "/": ("index.html", "text/html"),
    "/side.css": ("side.css", "text/css"),
    "/side.js": ("side.js", "text/javascript"),
    "/cards.js": ("cards.js", "text/javascript"),
}
_SOURCE = "upload"
_WAIT_S = 30.0
_MOST_JOBS = 1000
# Boundaries and names of a request's files.
_OVERHEAD = 100_000
_STATUS: dict[type[InspectdError], int] = {
    ConfigurationError: 422,
    PictureError: 415,
    StoreError: 503,
}

Files = Annotated[list[UploadFile], File(description="Pictures.")]
One = Annotated[UploadFile, File(description="A picture.")]
PipelineName = Annotated[str, Form(max_length=60)]
OptionsText = Annotated[str, Form(max_length=10_000, description="A JSON object.")]
Sha256 = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
_REFUSALS: dict[int | str, dict[str, Any]] = {
    code: {"model": Error} for code in (403, 413, 415, 422, 429, 503)
}


def make_app(desk: Desk, settings: SideSettings) -> ASGIApp:
    """The application; it keeps nothing itself."""
    max_body_bytes = int(settings.web.max_request_mb * 1e6) + _OVERHEAD
    app = FastAPI(
        title="inspectd side host",
        version=__version__,
        # Their pages load scripts from elsewhere, and this host may have no way there.
        docs_url=None,
        redoc_url=None,
        max_body_size=max_body_bytes,
        form_limits={"max_files": settings.web.max_files, "max_fields": 10},
        responses=_REFUSALS,
    )
    app.add_exception_handler(InspectdError, _told)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    _add_pictures(app, desk)
    _add_jobs(app, desk)
    _add_reviews(app, desk)
    _add_pages(app, desk, settings.inbox.max_mb)
    return Guard(app, Buckets(settings.web.requests_per_minute), max_body_bytes)


def _add_pictures(app: FastAPI, desk: Desk) -> None:
    @app.post("/api/pictures")
    def submit(
        files: Files, pipeline: PipelineName = "classify", options: OptionsText = ""
    ) -> Submitted:
        """Take pictures in and have a pipeline look at them; every file is taken or refused."""
        sent = [(file.filename or "", file.file) for file in files]
        return desk.submit(sent, pipeline, options, _SOURCE)

    @app.post("/classify", response_model=JobAnswer)
    def classify(file: One, options: OptionsText = "") -> Any:
        """Classify one picture and wait for the answer; 202 where it takes longer than 30 s."""
        made = desk.submit([(file.filename or "", file.file)], "classify", options, _SOURCE)
        if made.refused:
            (refused,) = made.refused
            return JSONResponse({"error": f"{refused.name}: {refused.why}"}, 415)
        # The same bytes may have come under another name before.
        told = {"name": made.taken[0].name}
        answer = desk.wait(made.taken[0].job, _WAIT_S).model_copy(update=told)
        waits = answer.state in ("queued", "running")
        return JSONResponse(answer.model_dump(mode="json"), 202 if waits else 200)

    @app.get(
        "/api/pictures/{sha256}/preview.jpg",
        response_class=Response,
        responses={404: {"model": Error}},
    )
    def preview(sha256: Sha256, *, reveal: bool = False) -> Response:
        """A small copy; of a sensitive picture only with `reveal`."""
        found = desk.preview(sha256, reveal=reveal)
        if found is None:
            raise HTTPException(404, "no picture of this sha256 can be shown")
        return Response(found, media_type="image/jpeg")


def _add_jobs(app: FastAPI, desk: Desk) -> None:
    @app.get("/api/jobs")
    def jobs(job: Annotated[list[JobNumber], Query(max_length=_MOST_JOBS)]) -> list[JobAnswer]:
        """Several jobs: `?job=1&job=2`; those that do not exist are left out."""
        return desk.jobs(job)

    @app.get("/api/jobs/{number}", responses={404: {"model": Error}})
    def one(number: JobNumber) -> JobAnswer:
        """One job."""
        found = desk.jobs([number])
        if not found:
            raise HTTPException(404, "there is no such job")
        return found[0]

    @app.post("/api/jobs/cancel")
    def cancel(job: Annotated[list[JobNumber], Query(max_length=_MOST_JOBS)]) -> dict[str, int]:
        """No longer wanted: `cancelled` says how many were still waiting or running."""
        return {"cancelled": desk.cancel(job)}

    @app.get("/api/jobs/{number}/artefacts/{name}", response_class=Response)
    def artefact(number: JobNumber, name: str) -> Response:
        """One file that the pipeline has made of the picture."""
        found = desk.artefact(number, name)
        if found is None:
            raise HTTPException(404, "there is no such artefact")
        return Response(found[1], media_type=found[0])


def _add_reviews(app: FastAPI, desk: Desk) -> None:
    @app.get("/api/reviews")
    def questions(limit: Annotated[int, Query(ge=1, le=500)] = 50) -> list[Question]:
        """Pictures that a person is to check."""
        return desk.questions(limit)

    @app.post("/api/reviews")
    def answer(answers: Answers) -> dict[str, int]:
        """Answer a batch: each becomes the picture's label."""
        return {"answered": desk.answer(answers)}


def _add_pages(app: FastAPI, desk: Desk, max_mb: float) -> None:
    @app.get("/api/pipelines")
    def pipelines() -> Pipelines:
        """The pipelines' cards, and why others are off."""
        return desk.pipelines()

    @app.get("/api/status")
    def status() -> Status:
        """The host at this moment."""
        return desk.status()

    @app.get("/api/limits")
    def limits() -> dict[str, float]:
        """What one file may have."""
        return {"max_mb": max_mb}

    @app.get("/api/refused")
    def refused(limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> list[Refused]:
        """The files that were refused last."""
        return desk.refusals(limit)

    @app.get("/healthz")
    def healthz() -> dict[str, bool]:
        """200 while database and page answer."""
        desk.status()
        return {"ok": True}

    @app.get("/metrics", response_class=Response)
    def metrics() -> Response:
        """Figures for Prometheus."""
        return Response(desk.metrics(), media_type=MEDIA_TYPE)

    for path, (name, media_type) in _STATIC.items():
        content = (files(__package__) / "static" / name).read_bytes()
        app.add_api_route(path, _page(content, media_type), include_in_schema=False)


def _page(content: bytes, media_type: str) -> Callable[[], Response]:
    return lambda: Response(content, media_type=media_type)


async def _told(_request: Request, error: Exception) -> Response:
    code = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 500)
    return JSONResponse({"error": str(error)}, code)


async def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(step) for step in first["loc"][1:]) or "request"
    return JSONResponse({"error": f"{where}: {first['msg']}; see /openapi.json"}, 422)


async def _http_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": str(error.detail)}, error.status_code, dict(error.headers or {}))
