#!/usr/bin/env python3
"""Study: from the last frame received to a record that a polling client can read.

The whole service runs as in the demo, while clients poll status and record: one of them the PLC
that takes the parts through the handshake, the others readers. Beside the station another process
judges pictures without a pause, so that vision saturates a core however fast that is. Printed in
ms are the times beyond vision, by the service's own clock and as the first of the clients saw it,
how long a poll took, and what share of a core each process used. Parts must not come faster than
one station judges them: what waits behind another part would count as time beyond vision.

    python hil/studies/latency.py --rate 20 --clients 10 --seconds 30
"""

import argparse
import asyncio
import contextlib
import json
import os
import struct
import sys
import tempfile
import time
from collections.abc import Iterable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import tomli_w
import typer

from inspectd.core.calibration import Calibration
from inspectd.core.frame import Frame, View
from inspectd.core.job import Job
from inspectd.core.recipe import Recipe
from inspectd.demo.options import DemoOptions, OwnPictures
from inspectd.demo.summary import quantiles
from inspectd.demo.tally import gather
from inspectd.demo.workspace import Workspace, prepare
from inspectd.demo.world import World, running_world
from inspectd.publish.register_map import INPUT, INPUT_WORDS, decode
from inspectd.simulate.defects import Defect
from inspectd.simulate.render import PartSpec, render_part
from inspectd.simulate.scratch import Scratch
from inspectd.vision.inspect import inspect

_POLL_S = 0.01
_WARM_UP_PARTS = 20
_SEED = 1
_SCRATCH = Scratch((20.0, 20.0), 8.0, 0.3, 0.03, 30.0)
_ASK = struct.pack(">HHHBBHH", 0, 0, 6, 1, 4, 0, INPUT_WORDS)
_ANSWER_BYTES = 9 + 2 * INPUT_WORDS
_ASKED_P50_MS, _ASKED_P99_MS = 2.0, 5.0


def judge_on_and_on(width_px: int) -> None:
    """Vision without a pause, until the process is ended or its parent has gone."""
    parent = os.getppid()
    cv2.setNumThreads(1)
    spec = _spec(width_px, (_SCRATCH,))
    job = Job(Recipe(), Calibration.from_scale(spec.mm_per_px))
    view = View((Frame(render_part(spec, _SEED), "main", 0),), "", simulated=True)
    while os.getppid() == parent:
        inspect(view, job, time.monotonic_ns)


class Readers:
    """Clients that poll the whole block, their polls spread evenly over the pause between two.

    Raw frames rather than a library: they shall not take the processor that they measure.
    `seen_ns`: when the first of them had read a part's record; `polls_ms`: what every poll took.
    """

    def __init__(self, port: int, count: int) -> None:
        self.seen_ns: dict[int, int] = {}
        self.polls_ms: list[float] = []
        self._port = port
        self._count = count
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> None:
        self._tasks = [asyncio.create_task(self._poll(n)) for n in range(self._count)]

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _poll(self, number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        loop = asyncio.get_running_loop()
        due_s = loop.time() + _POLL_S * number / self._count
        with contextlib.closing(writer):
            while True:
                await asyncio.sleep(due_s - loop.time())
                due_s = max(due_s + _POLL_S, loop.time())
                asked_ns = time.monotonic_ns()
                writer.write(_ASK)
                answer = await reader.readexactly(_ANSWER_BYTES)
                now_ns = time.monotonic_ns()
                self.polls_ms.append((now_ns - asked_ns) / 1e6)
                words = struct.unpack_from(f">{INPUT_WORDS}H", answer, 9)
                if part := decode(INPUT, words, "high_first")["result_part_id"]:
                    self.seen_ns.setdefault(part, now_ns)


def main() -> None:
    """Run for so long, print the figures, and end with 1 where they are not what is asked."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rate", type=float, default=20.0, help="parts per second")
    parser.add_argument("--clients", type=int, default=10, help="clients that poll every 10 ms")
    parser.add_argument("--width", type=int, default=1_224, help="of the pictures, in pixels")
    parser.add_argument("--seconds", type=int, default=30, help="how long parts pass")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="inspectd-latency-") as folder:
        figures = asyncio.run(_run(Path(folder), options))
    typer.echo(json.dumps(figures, indent=2))
    beyond = figures["beyond_vision_ms"]
    sys.exit(beyond["p50"] > _ASKED_P50_MS or beyond["p99"] > _ASKED_P99_MS)


async def _run(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    workspace = _workspace(folder, options.rate, options.width)
    parts = int(options.rate * options.seconds)
    # Before the played world makes itself nice.
    busy = get_context("spawn").Process(target=judge_on_and_on, args=(options.width,), daemon=True)
    busy.start()
    async with running_world(workspace, options.rate, _SEED) as world:
        readers = Readers(workspace.settings.plc.port, options.clients - 1)
        async with readers:
            before, started_s = _used_s(world), time.monotonic()
            await world.run_parts(_WARM_UP_PARTS + parts)
            ran_s = time.monotonic() - started_s
            used = {name: now - before[name] for name, now in _used_s(world).items()}
    busy.kill()
    tallies = gather(world)
    vision_ms = {e["part_id"]: e["vision_ms"] for e in world.service.events("verdict")}
    seen_ms = [
        (seen_ns - tallies.received_ns[part]) / 1e6 - vision_ms[part]
        for part, seen_ns in readers.seen_ns.items()
        if tallies.received_ns.get(part) and part > _WARM_UP_PARTS
    ]
    return {
        "parts": parts,
        "no_verdicts": dict(tallies.unanswered),
        "beyond_vision_ms": _spread(tallies.beyond_vision_ms[_WARM_UP_PARTS:]),
        "first_client_saw_beyond_vision_ms": _spread(seen_ms),
        "vision_ms": _spread(tallies.vision_ms[_WARM_UP_PARTS:]),
        "poll_ms": _spread(readers.polls_ms),
        "polls_a_second": round(len(readers.polls_ms) / ran_s),
        "cores_used": {name: round(seconds / ran_s, 2) for name, seconds in used.items()},
        "load_of_the_machine": os.getloadavg()[0],
    }


def _workspace(folder: Path, rate_hz: float, width_px: int) -> Workspace:
    shown = folder / "shown"
    shown.mkdir()
    for number, defects in enumerate(((), (_SCRATCH,))):
        spec = _spec(width_px, defects)
        _, png = cv2.imencode(".png", render_part(spec, number))
        (shown / f"{number}.png").write_bytes(png.tobytes())
    own = OwnPictures(shown, spec.mm_per_px)
    options = DemoOptions(None, rate_hz, own, 0, 0, 0, 0)
    workspace = prepare(folder, options, lambda: None)
    plc = workspace.settings.plc.model_copy(update={"max_connections": 64})
    settings = workspace.settings.model_copy(update={"plc": plc})
    written = settings.model_dump(mode="json", exclude_none=True)
    workspace.config.write_text(tomli_w.dumps(written), encoding="utf-8")
    return workspace


def _spec(width_px: int, defects: tuple[Defect, ...]) -> PartSpec:
    return PartSpec(width_px=width_px, height_px=width_px * 4 // 5, defects=defects)


def _used_s(world: World) -> dict[str, float]:
    """Processor seconds so far: supervisor, stations, and this process with its clients."""
    pid = world.service.pid
    children = Path(f"/proc/{pid}/task").glob("*/children")
    stations = [int(child) for path in children for child in path.read_text().split()]
    return {
        "supervisor": _process_s([pid]),
        "stations": _process_s(stations),
        "clients_and_world": _process_s([os.getpid()]),
    }


def _process_s(pids: Iterable[int]) -> float:
    ticks = 0
    for pid in pids:
        # utime and stime, fields 14 and 15; the name before them may hold spaces (proc(5)).
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _spread(values: list[float]) -> dict[str, float | None]:
    worst = round(max(values), 3) if values else None
    return quantiles(values) | {"max": worst, "count": len(values)}


if __name__ == "__main__":
    main()
