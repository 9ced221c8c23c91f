"""An archive on a Dask cluster: machines look at pictures, this host's store keeps the results.

Each task carries the picture's bytes and gets a result back; the cluster's machines need inspectd
and the models in their own folder, and no way to the store. A job is claimed here, as by a worker
process, so that a picture that is in work elsewhere is not looked at twice.
"""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inspectd.core.errors import ConfigurationError, InspectdError, PictureError
from inspectd.infer.store import ModelStore
from inspectd.pipelines.host.context import Hold, JobContext
from inspectd.pipelines.host.item import Item
from inspectd.pipelines.host.registry import find_pipelines, read_options
from inspectd.pipelines.host.result import Result
from inspectd.pipelines.host.site import Site
from inspectd.pipelines.host.store.jobs import Job

# Tasks that are on their way at once, for each thread of the cluster: enough to keep it busy.
_AHEAD = 4
_CONNECT_S = 10
_LEASE_S = 3600.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """One picture's end on the cluster: a result, or why there is none."""

    result: Result | None
    error: str = ""
    permanent: bool = False


def look_at(item: Item, job: Job, models: str) -> Outcome:
    """What a machine of the cluster runs. Every error comes back as an outcome."""
    try:
        pipeline = find_pipelines().get(job.pipeline)
        options = read_options(pipeline, dict(job.options))
        store = ModelStore(Path(models))
        _check_models(store, job)
        context = JobContext(
            lambda name: store.open(name, 1),
            lambda _key: None,
            lambda _done: True,
            Hold(Path(models).with_name("hold")),
        )
        return Outcome(pipeline.run(item, options, context))
    except PictureError as error:
        return Outcome(None, str(error), permanent=True)
    except InspectdError as error:
        return Outcome(None, str(error))
    except Exception as error:  # noqa: BLE001 - somebody else's pipeline, on another machine
        return Outcome(None, f"{type(error).__name__}: {error}")


def _check_models(store: ModelStore, job: Job) -> None:
    for stamp in job.models:
        if store.manifest(stamp.name).file.sha256 != stamp.sha256:
            msg = f"model {stamp.name} on {os.uname().nodename} is another one; import it there"
            raise ConfigurationError(msg)


def connect(address: str) -> Any:
    """A client of the scheduler at an address. ConfigurationError."""
    try:
        from distributed import Client  # noqa: PLC0415 - 40 MB that only this command needs
    except ModuleNotFoundError:
        msg = "Dask is missing; install inspectd[cluster]"
        raise ConfigurationError(msg) from None
    try:
        return Client(address, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        msg = f"--scheduler {address}: {error}; is `dask scheduler` running there?"
        raise ConfigurationError(msg) from None


def run_on_cluster(
    site: Site, client: Any, numbers: list[int], models: Path, told: Callable[[int], None]
) -> int:
    """Have these jobs done there; how many were stored. `told` hears of each that has ended."""
    from distributed import as_completed  # noqa: PLC0415

    me = f"dask/{os.getpid()}.{time.monotonic_ns()}"
    jobs = _claimed(site, numbers, me)
    width = max(1, sum(client.nthreads().values())) * _AHEAD
    stored = 0
    first = [_submit(site, client, job, models) for job in _take(jobs, width)]
    waiting = as_completed(first, loop=client.loop)
    for future in waiting:
        job = future.inspectd_job
        outcome = future.result() if future.status == "finished" else _lost(future)
        stored += _keep(site, job, me, outcome)
        told(job.id)
        for following in _take(jobs, 1):
            waiting.add(_submit(site, client, following, models))
    return stored


def _claimed(site: Site, numbers: list[int], me: str) -> Iterator[Job]:
    for number in numbers:
        job = site.jobs.claim(number, me, _LEASE_S)
        if job is not None:
            yield job


def _take(jobs: Iterator[Job], count: int) -> list[Job]:
    return [job for _, job in zip(range(count), jobs, strict=False)]


def _submit(site: Site, client: Any, job: Job, models: Path) -> Any:
    picture = site.pictures.get(job.sha256)
    assert picture is not None  # a job's picture is not removed while it runs
    item = Item(
        job.sha256,
        picture.name,
        picture.media_type,
        site.blobs.read(job.sha256),
        site.settings.inbox.max_pixels,
    )
    future = client.submit(look_at, item, job, str(models), pure=False, retries=1)
    future.inspectd_job = job
    return future


def _lost(future: Any) -> Outcome:
    return Outcome(None, f"the cluster lost it: {future.exception() or future.status}")


def _keep(site: Site, job: Job, me: str, outcome: Outcome) -> int:
    if outcome.result is not None:
        return int(site.results.finish(job.id, me, outcome.result))
    attempts = 1 if outcome.permanent else site.settings.workers.attempts
    site.jobs.fail(job.id, me, outcome.error, attempts)
    return 0
