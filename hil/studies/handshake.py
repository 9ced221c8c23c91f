"""100,000 parts in simulated time: good and bad PLCs, cameras, photo-eyes and disks.

    PYTHONPATH=hil python hil/studies/handshake.py --parts 100000 --seed 1

Every scenario gets the same share of the parts. The exit code is 1 where a promise was broken:
every part with exactly one verdict or NO-VERDICT, none out of order, none told of another part,
every record whole and frozen, and each shown or counted as an overrun.
"""

import argparse
import logging
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import structlog
from simulated_line.cameras import CameraFaults
from simulated_line.plc import Habit
from simulated_line.world import EdgeFaults, Report, Scenario, run

_CAMERAS = CameraFaults(frame_lost=0.02, too_slow=0.02, station_dies=0.005)
_EDGES = EdgeFaults(lost=0.02, doubled=0.02, extra=0.02)
_ALL = frozenset(Habit)
_WORST = Scenario(
    "everything at once",
    0,
    0,
    _ALL,
    hardware=True,
    stations=2,
    camera=_CAMERAS,
    edges=_EDGES,
    slow_disk=0.01,
    failing_disk=0.01,
)
SCENARIOS = (
    Scenario("PLC triggers", 0, 0),
    Scenario("photo-eye triggers", 0, 0, hardware=True),
    *(Scenario(habit.replace("_", " "), 0, 0, frozenset({habit})) for habit in Habit),
    Scenario("all bad habits", 0, 0, _ALL),
    Scenario("all bad habits, photo-eye", 0, 0, _ALL, hardware=True),
    Scenario("bad cameras", 0, 0, stations=3, camera=_CAMERAS),
    Scenario("bad photo-eye", 0, 0, hardware=True, stations=2, edges=_EDGES),
    Scenario("bad disk", 0, 0, slow_disk=0.01, failing_disk=0.01),
    _WORST,
)
_COLUMNS = (
    ("scenario", 26),
    ("parts", 7),
    ("triggers", 9),
    ("PASS", 7),
    ("FAIL", 7),
    ("NO-VERDICT", 11),
    ("overruns", 9),
    ("refused", 8),
    ("readings", 9),
    ("hours", 6),
    ("broken", 7),
)


def study(parts: int, seed: int, folder: Path) -> list[Report]:
    """Every scenario with its share of the parts."""
    share = max(1, parts // len(SCENARIOS))
    reports = []
    for number, scenario in enumerate(SCENARIOS):
        report = run(replace(scenario, parts=share, seed=seed + number), folder)
        reports.append(report)
        print(_row(report), flush=True)  # noqa: T201 - a study speaks to a person
    return reports


def _row(report: Report) -> str:
    found = report.decisions
    cells = (
        report.scenario.name,
        report.parts,
        report.triggers,
        found["PASS"],
        found["FAIL"],
        found["NO_VERDICT"],
        report.overruns,
        report.foreign_writes,
        report.readings,
        f"{report.simulated_s / 3600:.2f}",
        len(report.broken),
    )
    return " ".join(f"{cell:>{width}}" for cell, (_, width) in zip(cells, _COLUMNS, strict=True))


def main() -> int:
    """The command; 1 where a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    quiet = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=quiet)
    began_s = time.monotonic()
    print(" ".join(f"{name:>{width}}" for name, width in _COLUMNS))  # noqa: T201
    # In memory where that is possible: simulated time waits for no disk.
    memory = Path("/dev/shm")  # noqa: S108 - a folder of one's own is made in it
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        reports = study(options.parts, options.seed, Path(folder))
    took_s = time.monotonic() - began_s
    total = sum(report.parts for report in reports)
    unseen = sum(report.unseen_extra for report in reports)
    print(f"{total} parts in {took_s:.0f} s, {total / took_s:.0f} a second")  # noqa: T201
    print(f"told PASS of a surplus edge's picture: {unseen}")  # noqa: T201
    broken = [f"{r.scenario.name}: {what}" for r in reports for what in r.broken]
    print("\n".join(broken) or "no promise was broken")  # noqa: T201
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main())
