"""A line between a real journal and a real PLC link, and the moves of its only camera."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from inspectd.core.camera import CameraInfo
from inspectd.core.messages import CameraUp, ViewDone, ViewStarted
from inspectd.core.verdict import Decision, ViewResult
from inspectd.journal.journal import Journal
from inspectd.observe.metrics import Metrics
from inspectd.publish.plc import PlcLink
from inspectd.publish.register_values import LineStatus
from inspectd.simulate.plc import SimulatedPlc
from inspectd.supervisor.changeover import Changeover
from inspectd.supervisor.line import Line
from inspectd.web.board import Board

ANSWER_S = 60.0
INFO = CameraInfo("Replay", "1", "", simulated=True, skipped_features=())


@dataclass
class Bench:
    """The rooms around one line, and the moves of a camera called `top`."""

    line: Line
    plc: PlcLink
    board: Board
    metrics: Metrics
    journal: Journal
    path: Path
    fired: list[int] = field(default_factory=list)
    views: int = 0
    changeover: Changeover | None = None

    def camera_up(self) -> None:
        self.line.on_station_up("top", CameraUp(INFO))

    def see(self, received_ns: int, acquisition_id: int | None = None) -> int:
        """A picture; the number of its view."""
        self.views += 1
        started = ViewStarted(self.views, received_ns, acquisition_id)
        self.line.on_view_started("top", started)
        return self.views

    def judge(self, view: int, decision: Decision = Decision.PASS) -> None:
        result = ViewResult(decision, (), (), 1, 1.0, {})
        self.line.on_view_done("top", ViewDone(view, result))

    def ready(self) -> None:
        """As the service does ten times a second."""
        self.line.turned()
        ready = not self.line.why_not_ready()
        self.plc.update(LineStatus(ready=ready, online=True, camera_connected=True))

    async def trigger(self, plc: SimulatedPlc, part_id: int) -> int:
        self.ready()
        acquisition_id = await plc.announce(part_id, 0)
        assert acquisition_id is not None
        return acquisition_id

    async def answered(self, plc: SimulatedPlc) -> list[Decision]:
        async with asyncio.timeout(ANSWER_S):
            await plc.drained()
        return [plc.results[part].decision for part in sorted(plc.results)]

    def stored(self) -> list[tuple[int, int, str]]:
        """Sequence, part id and decision of every verdict in the journal."""
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as database:
            sql = "SELECT sequence, part_id, decision FROM verdicts ORDER BY id"
            return [(row[0], row[1], row[2]) for row in database.execute(sql)]
