"""Keeps the workers going: starts, watches, ends and replaces them.

A worker that takes too long, or too much memory, is killed, and its job is tried again or has
failed; nothing of that reaches the others. One that dies at once again is waited for ever longer.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from inspectd.pipelines.host.isolate import cap_threads, resident_mb, waited_s
from inspectd.pipelines.host.settings import SideSettings
from inspectd.pipelines.host.site import Site
from inspectd.pipelines.host.worker import LEASE_S

_STOP_WITHIN_S = 5.0
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 60.0
# A worker that held out so long was not ended by its start.
_WELL_AFTER_S = 30.0
_LINE_BYTES = 4096

_log = structlog.get_logger()


@dataclass(slots=True)
class _Member:
    name: str
    process: subprocess.Popen[bytes]
    pipe: int
    started_s: float
    job: int | None = None
    # What the job has used of its time. Neither holds of the line count, nor waiting for a
    # processor that the line has: behind a busy line a picture may take hours.
    used_s: float = 0.0
    waited_s: float = 0.0
    told: bytes = b""
    ready: bool = False


@dataclass(slots=True)
class CrewCounts:
    """Totals since the start, for the metrics."""

    started: int = 0
    died: int = 0
    timed_out: int = 0
    out_of_memory: int = 0
    jobs: int = 0
    largest_mb: float = 0.0


@dataclass(slots=True)
class Crew:
    """`tick` is called a few times a second, by one thread."""

    site: Site
    settings: SideSettings
    settings_file: Path | None
    host: str
    clock_s: Callable[[], float] = time.monotonic
    counts: CrewCounts = field(default_factory=CrewCounts)
    _members: list[_Member] = field(default_factory=list)
    _next_number: int = 0
    _wait_s: float = _FIRST_WAIT_S
    _not_before_s: float = 0.0
    _ticked_s: float | None = None
    _extended_s: float = 0.0

    @property
    def busy(self) -> int:
        """How many workers have a job."""
        return sum(member.job is not None for member in self._members)

    @property
    def pids(self) -> list[int]:
        """The workers' processes."""
        return [member.process.pid for member in self._members]

    def tick(self, *, held: bool) -> None:
        """Look after everybody once. `held`: the line has the machine, time does not count."""
        now_s = self.clock_s()
        passed_s = 0.0 if self._ticked_s is None or held else now_s - self._ticked_s
        self._ticked_s = now_s
        for member in list(self._members):
            self._listen(member)
            waited = waited_s(member.process.pid)
            if member.job is not None:
                member.used_s += max(0.0, passed_s - (waited - member.waited_s))
            member.waited_s = waited
            self._look_at(member)
        while len(self._members) < self.settings.workers.count and now_s >= self._not_before_s:
            self._start()
        if now_s - self._extended_s > LEASE_S / 4 and self._members:
            self._extended_s = now_s
            self.site.jobs.extend([member.name for member in self._members], LEASE_S)

    def stop(self) -> None:
        """End all of them: those that do not end their picture in time are killed."""
        for member in self._members:
            member.process.terminate()
        until_s = self.clock_s() + _STOP_WITHIN_S
        for member in self._members:
            try:
                member.process.wait(max(0.0, until_s - self.clock_s()))
            except subprocess.TimeoutExpired:
                member.process.kill()
                member.process.wait()
            os.close(member.pipe)
            self.site.jobs.lose(member.name, "the host was stopped", sys.maxsize)
        self._members.clear()

    def _start(self) -> None:
        self._next_number += 1
        name = f"{self.host}/{os.getpid()}.{self._next_number}"
        reading, writing = os.pipe()
        environment = dict(os.environ)
        cap_threads(environment, self.settings.workers.threads)
        arguments = [str(self.settings_file or ""), name, str(writing)]
        module = "inspectd.pipelines.host"
        try:
            process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", module, *arguments],
                stdin=subprocess.DEVNULL,
                pass_fds=(writing,),
                env=environment,
            )
        finally:
            os.close(writing)
        os.set_blocking(reading, False)
        self._members.append(_Member(name, process, reading, self.clock_s()))
        self.counts.started += 1

    def _listen(self, member: _Member) -> None:
        while True:
            try:
                data = os.read(member.pipe, _LINE_BYTES)
            except BlockingIOError:
                return
            if not data:
                return
            *lines, member.told = (member.told + data).split(b"\n")
            for line in lines:
                self._hear(member, json.loads(line))

    def _hear(self, member: _Member, said: dict[str, int]) -> None:
        if "start" in said:
            member.job, member.used_s = said["start"], 0.0
        elif "end" in said:
            member.job = None
            self.counts.jobs += 1
        else:
            member.ready = True

    def _look_at(self, member: _Member) -> None:
        limits = self.settings.workers
        if (code := member.process.poll()) is not None:
            self._listen(member)
            self._gone(member, code)
            return
        held_mb = resident_mb(member.process.pid) or 0.0
        self.counts.largest_mb = max(self.counts.largest_mb, held_mb)
        if held_mb > limits.memory_mb:
            self.counts.out_of_memory += 1
            why = f"needed {held_mb:.0f} MB, more than workers.memory_mb = {limits.memory_mb}"
            self._kill(member, why, attempts=1)
        elif member.job is not None and member.used_s > limits.time_limit_s:
            self.counts.timed_out += 1
            why = f"took longer than workers.time_limit_s = {limits.time_limit_s:g}"
            self._kill(member, why, attempts=limits.attempts)

    def _kill(self, member: _Member, why: str, attempts: int) -> None:
        _log.warning("side_worker_killed", worker=member.name, job=member.job, why=why)
        member.process.kill()
        member.process.wait()
        self._remove(member, why, attempts)

    def _gone(self, member: _Member, code: int) -> None:
        if code == 0:
            self._remove(member, "the worker was replaced", sys.maxsize)
            return
        self.counts.died += 1
        why = f"the worker died ({signal.strsignal(-code) if code < 0 else f'exit code {code}'})"
        _log.warning("side_worker_died", worker=member.name, job=member.job, why=why)
        self._remove(member, why, self.settings.workers.attempts)
        now_s = self.clock_s()
        well = member.ready and (member.job is not None or now_s - member.started_s > _WELL_AFTER_S)
        self._wait_s = _FIRST_WAIT_S if well else min(self._wait_s * 2, _LONGEST_WAIT_S)
        self._not_before_s = now_s + self._wait_s

    def _remove(self, member: _Member, why: str, attempts: int) -> None:
        os.close(member.pipe)
        self._members.remove(member)
        self.site.jobs.lose(member.name, why, attempts)
