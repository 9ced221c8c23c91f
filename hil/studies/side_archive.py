#!/usr/bin/env python3
"""Study: an archive of pictures through the side host, killed on the way, and on other backends.

Throughput, the workers' largest memory, what kill -9 of host and workers costs, and whether Redis
with two workers and a Dask cluster find the same. Servers of Redis and Dask are started here on
loopback and stopped by their process ids.

    PYTHONPATH=hil python hil/studies/side_archive.py --pictures 5000 --kills 3
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from side_site import (
    counts,
    findings,
    make_pictures,
    running_host,
    start_host,
    tell,
    write_settings,
)

from inspectd.pipelines.host.isolate import resident_mb
from inspectd.pipelines.host.settings import load_side_settings
from inspectd.pipelines.host.site import Site
from inspectd.simulate.ports import free_port

_LOOK_S = 0.2


def workers_of(pid: int) -> list[int]:
    """The worker processes of a host, whichever of its threads has started them."""
    lists = (
        path.read_text(encoding="ascii") for path in Path(f"/proc/{pid}/task").glob("*/children")
    )
    return [int(child) for children in lists for child in children.split()]


def submit(file: Path, folder: Path) -> float:
    """Put a folder into the inbox; the seconds that it took."""
    started_s = time.monotonic()
    command = [sys.executable, "-m", "inspectd", "side", "submit", str(folder), "-c", str(file)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    return time.monotonic() - started_s


def work_through(file: Path, pictures: int, kills: int) -> dict[str, Any]:
    """Until all are done, with so many kills of everything on the way."""
    largest_mb, killed = 0.0, 0
    with Site(load_side_settings(file)) as site:
        host = start_host(file)
        started_s = time.monotonic()
        try:
            while (done := counts(site).get("done", 0)) < pictures:
                for pid in workers_of(host.pid):
                    largest_mb = max(largest_mb, resident_mb(pid) or 0.0)
                if done > pictures * (killed + 1) / (kills + 1):
                    killed += 1
                    for pid in (host.pid, *workers_of(host.pid)):
                        os.kill(pid, signal.SIGKILL)
                    host.wait()
                    host = start_host(file)
                time.sleep(_LOOK_S)
            seconds = time.monotonic() - started_s
        finally:
            host.send_signal(signal.SIGTERM)
            host.wait(60)
        jobs = site.jobs.of(site.pictures.every())
        return {
            "seconds": round(seconds, 1),
            "pictures_per_s": round(pictures / seconds, 1),
            "largest_worker_mb": round(largest_mb),
            "kills": killed,
            "states": counts(site),
            "jobs": len(jobs),
            # One attempt each, and one more for what a kill met in the middle.
            "attempts": sum(job.attempts for job in jobs),
        }


def on_redis(folder: Path, archive: Path, pictures: int) -> tuple[Path, dict[str, Any]]:
    """The same on a Redis queue with two workers."""
    port = free_port()
    program = shutil.which("redis-server")
    if program is None:
        sys.exit("redis-server is not installed here")
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    redis = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        store = {"queue": f"redis://127.0.0.1:{port}"}
        file = write_settings(folder, store=store, workers={"count": 2})
        submit(file, archive)
        return file, work_through(file, pictures, 0)
    finally:
        redis.terminate()
        redis.wait()


def on_dask(folder: Path, archive: Path) -> tuple[Path, float]:
    """The same on a local Dask cluster of two single-threaded workers."""
    from distributed import LocalCluster  # noqa: PLC0415

    file = write_settings(folder)
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        started_s = time.monotonic()
        command = [sys.executable, "-m", "inspectd", "side", "batch", str(archive)]
        options = ["--scheduler", cluster.scheduler_address, "-c", str(file)]
        subprocess.run([*command, *options], check=True, stdout=sys.stderr)  # noqa: S603
        return file, time.monotonic() - started_s


def main() -> None:
    """Run the study."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="inspectd-archive-") as name:
        folder = Path(name)
        made = make_pictures(folder / "archive", asked.pictures, asked.seed)
        file = write_settings(folder / "sqlite")
        told: dict[str, Any] = {
            "taken_in_per_s": round(len(made) / submit(file, folder / "archive"))
        }
        told["sqlite"] = work_through(file, len(made), asked.kills)
        with running_host(file):
            told["second_time_s"] = round(submit(file, folder / "archive"), 1)
        expected = findings(file)
        redis_file, told["redis"] = on_redis(folder / "redis", folder / "archive", len(made))
        told["redis_finds_the_same"] = findings(redis_file) == expected
        dask_file, seconds = on_dask(folder / "dask", folder / "archive")
        told["dask_s"] = round(seconds, 1)
        told["dask_finds_the_same"] = findings(dask_file) == expected
        tell(told)


if __name__ == "__main__":
    main()
