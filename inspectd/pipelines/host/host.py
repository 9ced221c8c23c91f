"""The side host's own process: page, watched folders, workers, and what is done at night.

One asyncio loop. All that may wait (database, line, workers) is done in threads.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import IO, Any

import structlog

from inspectd.core.errors import ConfigurationError, InspectdError
from inspectd.pipelines.host.admission import Admission, ask_line
from inspectd.pipelines.host.context import Hold
from inspectd.pipelines.host.crew import Crew
from inspectd.pipelines.host.isolate import stand_behind
from inspectd.pipelines.host.retention import tidy
from inspectd.pipelines.host.settings import SideSettings
from inspectd.pipelines.host.site import Site
from inspectd.pipelines.host.watch import Watcher

_CREW_EVERY_S = 0.1
_LINE_EVERY_S = 1.0
_RECONCILE_EVERY_S = 5.0
_TIDY_EVERY_S = 600.0
_NIGHT_LOOK_S = 20.0
# Hosts that died with a job: its picture may be why, but more likely somebody pulled a plug.
_HOST_DEATHS = 10
_MOST_QUEUED = 10_000

_log = structlog.get_logger()
Serve = Callable[["SideHost"], "contextlib.AbstractAsyncContextManager[str]"]


class SideHost:
    """Runs until `stop` is set; `serve` is the page."""

    def __init__(self, site: Site, settings_file: Path | None, serve: Serve | None = None) -> None:
        self.site = site
        settings = site.settings
        self.crew = Crew(site, settings, settings_file, host_name(settings.folder))
        ask = partial(ask_line, settings.line.address) if settings.line.address else None
        self.admission = Admission(ask, settings.line.min_slack)
        self.hold = Hold(site.hold_file)
        self._settings_file = settings_file
        self._serve = serve
        self._night: subprocess.Popen[bytes] | None = None
        self._last_night = ""

    async def run(self, stop: asyncio.Event) -> None:
        """Do everything until asked to stop. InspectdError where the beginning fails."""
        self._check_watched()
        self.hold.set(False)
        self.recover()
        async with contextlib.AsyncExitStack() as stack:
            if self._serve is not None:
                address = await stack.enter_async_context(self._serve(self))
                _log.info("side_page_up", address=address)
            running = [asyncio.create_task(task) for task in self._tasks()]
            running.append(asyncio.create_task(_wait_for(stop)))
            try:
                ended, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in ended:
                    task.result()
            finally:
                for task in running:
                    task.cancel()
                await asyncio.gather(*running, return_exceptions=True)
                await asyncio.to_thread(self._end)

    def _tasks(self) -> list[Coroutine[Any, Any, None]]:
        return [
            _every(_CREW_EVERY_S, self._tend),
            _every(_LINE_EVERY_S, self._mind_the_line),
            _every(_RECONCILE_EVERY_S, self.reconcile),
            _every(_TIDY_EVERY_S, partial(tidy, self.site)),
            _every(_NIGHT_LOOK_S, self._by_night),
            *(Watcher(self.site, each).run() for each in self.site.settings.inbox.watch),
        ]

    def recover(self) -> None:
        """After a death: jobs that nobody works on wait again, and the queue knows them."""
        for worker in self.site.jobs.orphans(self.crew.host):
            lost = self.site.jobs.lose(worker, "the host died with it", _HOST_DEATHS)
            _log.warning("side_jobs_recovered", worker=worker, jobs=lost)
        waiting = self.site.jobs.queued()
        if not self.site.settings.store.queue:
            self.site.queue.clear()
        if len(self.site.queue) < len(waiting):
            self.site.queue.put(waiting)

    def reconcile(self) -> None:
        """What the queue has lost, or what waits to be tried again, is put into it."""
        for worker in self.site.jobs.orphans(host="no host has this name"):
            self.site.jobs.lose(worker, "its host has gone", self.site.settings.workers.attempts)
        if len(self.site.queue) == 0:
            self.site.queue.put(self.site.jobs.queued(_MOST_QUEUED))

    def _tend(self) -> None:
        self.crew.tick(held=self.hold.is_set)

    def _mind_the_line(self) -> None:
        was = self.hold.is_set
        tight = self.admission.tight()
        if tight != was:
            self.hold.set(tight)
            _log.info("side_hold" if tight else "side_go_on", why=self.admission.why)

    def _by_night(self) -> None:
        """Once a day, in a process of its own: a `reduce` may take all the memory it is allowed."""
        now = datetime.now().astimezone()
        if self._night is not None and self._night.poll() is not None:
            _log.info("side_night_done", exit_code=self._night.returncode)
            self._night = None
        today = now.date().isoformat()
        due = now.strftime("%H:%M") == self.site.settings.night.at
        if due and self._night is None and self._last_night != today:
            self._last_night = today
            config = ["--config", str(self._settings_file)] if self._settings_file else []
            self._night = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-m", "inspectd", "side", "reduce", *config],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )

    def _end(self) -> None:
        if self._night is not None and self._night.poll() is None:
            self._night.terminate()
            self._night.wait()
        self.crew.stop()
        self.hold.set(False)

    def _check_watched(self) -> None:
        for each in self.site.settings.inbox.watch:
            self.site.provenance(each.pipeline, each.options)


async def _wait_for(stop: asyncio.Event) -> None:
    await stop.wait()


async def _every(seconds: float, do: Callable[[], object]) -> None:
    """Do it in a thread, again and again; what fails is told and tried again."""
    while True:
        try:
            await asyncio.to_thread(do)
        except InspectdError as error:
            _log.error("side_host_trouble", what=str(error))
        await asyncio.sleep(seconds)


def host_name(folder: Path) -> str:
    """One host: a machine and a folder, so that two on one machine are two."""
    place = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:8]
    return f"{socket.gethostname()}-{place}"


@contextlib.contextmanager
def only_one(folder: Path) -> Iterator[IO[str]]:
    """Two hosts on one folder would undo each other's work. ConfigurationError."""
    path = folder / "host.lock"
    with path.open("a", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            msg = f"{folder}: another side host runs on this folder; stop it, or set store.folder"
            raise ConfigurationError(msg) from None
        yield file


def run_host(settings: SideSettings, settings_file: Path | None, serve: Serve | None) -> None:
    """Be the side host until SIGTERM or Ctrl-C. InspectdError."""
    missing = stand_behind()
    if missing:
        _log.warning("side_not_behind", missing=missing, remedy="run it by its systemd unit")
    with Site(settings) as site, only_one(settings.folder):
        _say_what_is_off(site)
        site.blobs.remove_parts()
        asyncio.run(_until_signalled(SideHost(site, settings_file, serve)))


def _say_what_is_off(site: Site) -> None:
    registry = site.registry
    _log.info("side_host_up", pid=os.getpid(), pipelines=sorted(registry.pipelines))
    for name, why in registry.off.items():
        _log.warning("side_pipeline_off", pipeline=name, why=why)


async def _until_signalled(host: SideHost) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    started_s = time.monotonic()
    await host.run(stop)
    _log.info("side_host_down", ran_s=round(time.monotonic() - started_s, 1))
