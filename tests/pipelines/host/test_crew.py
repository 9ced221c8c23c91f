"""Real worker processes, and pipelines that misbehave in them."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from support.side import STAND_WITH_OTHERS, MakeSettings, picture

from inspectd.pipelines.host.crew import Crew
from inspectd.pipelines.host.host import SideHost
from inspectd.pipelines.host.site import Site
from inspectd.pipelines.host.store.jobs import Job

_LONG_ENOUGH_S = 60.0
# Nobody sets it: workers need a processor now and then.
_PAUSE = threading.Event()


class Bench:
    """A site with its host's parts, turned by hand."""

    def __init__(self, site: Site, file: Path) -> None:
        self.site = site
        self._sent = 0
        self.host = SideHost(site, file)

    @property
    def crew(self) -> Crew:
        return self.host.crew

    def ask(self, *names: str) -> list[int]:
        """Have pictures of these names looked at."""
        sha256s = []
        for name in names:
            self._sent += 1
            sent = picture((self._sent, 100, 50))
            sha256s.append(self.site.inbox.receive([sent], name, "test").picture.sha256)
        return self.site.ask(sha256s, "tint", {}).queued

    def turn_until(self, done: Callable[[], bool]) -> None:
        """Look after the crew until something is so."""
        until_s = time.monotonic() + _LONG_ENOUGH_S
        while not done():
            assert time.monotonic() < until_s, [self.site.jobs.counts(), self.crew.counts]
            self.crew.tick(held=self.host.hold.is_set)
            self.host.reconcile()
            _PAUSE.wait(0.02)

    def get(self, numbers: list[int]) -> list[Job]:
        return self.site.jobs.get(numbers)

    def ended(self, numbers: list[int]) -> list[Job]:
        """The jobs, when all have ended."""
        self.turn_until(lambda: all(job.state in ("done", "failed") for job in self.get(numbers)))
        return self.get(numbers)


@pytest.fixture
def make_bench(make_settings: MakeSettings, tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def make(**workers: Any) -> Bench:
        settings = make_settings(workers=workers)
        file = tmp_path / "side.toml"
        told = settings.model_dump(mode="json", exclude_defaults=True)
        file.write_text(tomli_w.dumps(told))
        made.append(Bench(Site(settings), file))
        return made[-1]

    yield make
    for bench in made:
        bench.crew.stop()
        with bench.site:
            pass


def test_workers_do_what_is_asked(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench()
    numbers = bench.ask("a.png", "b.png", "c.png")
    assert [job.state for job in bench.ended(numbers)] == ["done"] * 3
    stored = bench.site.results.of_jobs(numbers)
    for number in numbers:
        assert stored[number].findings[0].label == "colour/green"
        assert stored[number].provenance.pipeline == "tint"
        assert stored[number].provenance.code_version
        note = stored[number].artefacts["note"]
        assert bench.site.blobs.read(note.sha256) == b"colour/green"
    mean = bench.site.results.feature(stored[numbers[0]].sha256, "mean")
    assert mean is not None
    assert mean.shape == (3,)


def test_what_fails_is_told_and_hurts_nobody_else(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(attempts=2, time_limit_s=1.5, memory_mb=400, recycle_after=2)
    numbers = bench.ask("dies.png", "breaks.png", "hangs.png", "eats.png", "good.png", "fine.png")
    dies, breaks, hangs, eats, good, fine = bench.ended(numbers)
    assert (good.state, fine.state) == ("done", "done")
    for job, why in (
        (dies, "the worker died (Killed)"),
        (breaks, "ValueError: it is broken"),
        (hangs, "took longer than workers.time_limit_s = 1.5"),
    ):
        assert (job.state, job.attempts) == ("failed", 2)
        assert job.error == why
    assert eats.state == "failed"
    assert eats.attempts == 1
    assert eats.error is not None
    assert "workers.memory_mb" in eats.error
    assert bench.crew.counts.died == 2


def test_a_damaged_picture_is_not_tried_again(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench()
    whole = picture(size=64)
    received = bench.site.inbox.receive([whole[: len(whole) * 2 // 3]], "cut.png", "test")
    (job,) = bench.ended(bench.site.ask([received.picture.sha256], "tint", {}).queued)
    assert (job.state, job.attempts) == ("failed", 1)
    assert job.error is not None
    assert "ends too soon" in job.error


def test_while_the_line_needs_the_machine_nothing_starts_and_running_jobs_wait(
    make_bench: Callable[..., Bench],
) -> None:
    bench = make_bench(time_limit_s=600)
    bench.host.hold.set(True)
    (number,) = bench.ask("slow.png")
    bench.turn_until(lambda: bench.crew.counts.started == 1)
    bench.host.hold.set(False)
    bench.turn_until(lambda: bench.get([number])[0].progress > 0)
    bench.host.hold.set(True)
    # A step takes 10 ms: in half a second without progress none was made.
    progress, since_s = -1.0, time.monotonic()

    def stands_still() -> bool:
        nonlocal progress, since_s
        now = bench.get([number])[0].progress
        if now != progress:
            progress, since_s = now, time.monotonic()
        return time.monotonic() - since_s > 2.5

    bench.turn_until(stands_still)
    assert bench.site.jobs.cancel([number]) == 1
    bench.host.hold.set(False)
    assert bench.ended(bench.ask("good.png"))[0].state == "done"
    assert bench.get([number])[0].state == "cancelled"


def test_after_a_kill_of_everything_no_picture_is_lost_or_done_twice(
    make_bench: Callable[..., Bench],
) -> None:
    bench = make_bench()
    numbers = bench.ask(*(f"{place}.png" for place in range(20)))
    bench.turn_until(lambda: bench.crew.counts.jobs >= 3)
    for pid in bench.crew.pids:
        os.kill(pid, signal.SIGKILL)
    done = {job.id: job.finished_s for job in bench.get(numbers) if job.state == "done"}
    # The queue is lost as well, as with a Redis that keeps nothing.
    bench.site.queue.clear()
    bench.host.recover()
    jobs = bench.ended(numbers)
    assert {job.state for job in jobs} == {"done"}
    again = {job.id: job.finished_s for job in jobs if job.id in done}
    assert again == done
    assert len(bench.site.results.of_jobs(numbers)) == 20


def test_workers_stand_behind_everything_else(
    make_bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(STAND_WITH_OTHERS)
    bench = make_bench()
    bench.turn_until(lambda: bench.crew.counts.started == 1)
    (pid,) = bench.crew.pids
    bench.turn_until(lambda: os.sched_getscheduler(pid) == os.SCHED_IDLE)
    bench.turn_until(lambda: os.getpriority(os.PRIO_PROCESS, pid) == 19)
    bench.turn_until(lambda: Path(f"/proc/{pid}/oom_score_adj").read_text().strip() == "1000")


def test_a_stopped_hosts_job_waits_for_the_next_start(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench()
    (number,) = bench.ask("slow.png")
    bench.turn_until(lambda: bench.get([number])[0].state == "running")
    for pid in bench.crew.pids:
        os.kill(pid, signal.SIGSTOP)  # so that SIGTERM alone would not do
    bench.crew.stop()
    assert bench.get([number])[0].state == "queued"
