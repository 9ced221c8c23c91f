"""A process that takes one job after another, until it is to be replaced.

It tells its parent over a pipe which job it begins and ends, as lines of JSON, so that the parent
can end it when it takes too long; it dies with its parent.
"""

import ctypes
import json
import os
import signal
import time
from collections.abc import Callable
from functools import partial

import structlog

from inspectd.core.errors import InspectdError, PictureError, StoreError
from inspectd.infer.session import Session
from inspectd.pipelines.host.context import Hold, JobContext
from inspectd.pipelines.host.isolate import cap_memory, stand_behind
from inspectd.pipelines.host.item import Item
from inspectd.pipelines.host.pipeline import CancelledError
from inspectd.pipelines.host.settings import SideSettings
from inspectd.pipelines.host.site import Site
from inspectd.pipelines.host.store.jobs import Job

LEASE_S = 60.0
_IDLE_S = 0.2
_PR_SET_PDEATHSIG = 1
_MAX_ERROR = 500

_log = structlog.get_logger()


class Worker:
    """Works for one site under one name; `tell` says what it does."""

    def __init__(self, site: Site, name: str, tell: Callable[[str, int], None]) -> None:
        self._site = site
        self._name = name
        self._tell = tell
        self._hold = Hold(site.hold_file)
        self._sessions: dict[str, Session] = {}

    def next(self) -> bool:
        """Take one job and do it; False where nothing waits."""
        self._hold.wait()
        number = self._site.queue.take()
        if number is None:
            return False
        job = self._site.jobs.claim(number, self._name, LEASE_S)
        if job is not None:
            self._tell("start", job.id)
            self.do(job)
            self._tell("end", job.id)
        return True

    def do(self, job: Job) -> None:
        """Look at the picture; whatever goes wrong is the job's error, not the worker's."""
        attempts = self._site.settings.workers.attempts
        try:
            self._run(job)
        except CancelledError:
            _log.info("side_job_cancelled", job=job.id)
        except PictureError as error:
            # The picture will not get better.
            self._failed(job, str(error), attempts=1)
        except MemoryError:
            limit = self._site.settings.workers.memory_mb
            self._failed(job, f"needed more than the {limit} MB of workers.memory_mb", attempts=1)
        except InspectdError as error:
            self._failed(job, str(error), attempts)
        except Exception as error:  # noqa: BLE001 - somebody else's pipeline
            _log.exception("side_job_broke", job=job.id, pipeline=job.pipeline)
            self._failed(job, f"{type(error).__name__}: {error}", attempts)

    def _run(self, job: Job) -> None:
        site = self._site
        pipeline = site.registry.get(job.pipeline)
        options = site.options(job.pipeline, job.options)
        picture = site.pictures.get(job.sha256)
        if picture is None:
            msg = "the picture has been removed"
            raise PictureError(msg)
        item = Item(
            job.sha256,
            picture.name,
            picture.media_type,
            site.blobs.read(job.sha256),
            site.settings.inbox.max_pixels,
        )
        context = JobContext(
            partial(self._session, job),
            partial(site.results.feature, job.sha256),
            partial(site.jobs.report, job.id, self._name),
            self._hold,
        )
        result = pipeline.run(item, options, context)
        site.results.finish(job.id, self._name, result)

    def _session(self, job: Job, name: str) -> Session:
        """The model that the job is stamped with; one that was replaced is opened anew."""
        session = self._sessions.get(name)
        if session is None or session.manifest != self._site.models.manifest(name):
            threads = self._site.settings.workers.threads
            session = self._sessions[name] = self._site.models.open(name, threads)
        wanted = {stamp.name: stamp.sha256 for stamp in job.models}
        if wanted.get(name) != session.manifest.file.sha256:
            msg = f"model {name} was replaced since; ask again"
            raise PictureError(msg)
        return session

    def _failed(self, job: Job, why: str, attempts: int) -> None:
        state = self._site.jobs.fail(job.id, self._name, why[:_MAX_ERROR], attempts)
        _log.warning("side_job_failed", job=job.id, pipeline=job.pipeline, why=why, now=state)


def work(settings: SideSettings, name: str, pipe: int) -> None:
    """Be a worker: until it has done its share, its parent dies, or SIGTERM comes."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    stand_behind()
    cap_memory(settings.workers.memory_mb)
    stop = _on_sigterm()
    with Site(settings) as site, os.fdopen(pipe, "w", encoding="ascii", buffering=1) as told:

        def tell(what: str, job: int) -> None:
            try:
                told.write(json.dumps({what: job}) + "\n")
            except BrokenPipeError:
                # The host was killed; its successor sees to the job.
                os._exit(1)

        worker = Worker(site, name, tell)
        tell("ready", 0)
        for _ in range(settings.workers.recycle_after):
            while not stop() and not _next(worker):
                time.sleep(_IDLE_S)
            if stop():
                return


def _next(worker: Worker) -> bool:
    try:
        return worker.next()
    except StoreError as error:
        # Database or queue are away: the worker waits for them, as it would for work.
        _log.warning("side_store_away", why=str(error))
        time.sleep(1)
        return False


def _on_sigterm() -> Callable[[], bool]:
    asked = []
    signal.signal(signal.SIGTERM, lambda *_: asked.append(True))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return lambda: bool(asked)
