"""Everything around one line: parts come, a PLC announces them, cameras see them."""

import asyncio
import contextlib
import random
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from inspectd_drivers.modbus import ModbusCounters
from inspectd_drivers.modbus_bank import RegisterBank

from inspectd.core.camera import CameraSettings
from inspectd.core.gate import GateRules
from inspectd.core.recipe import Recipe
from inspectd.core.verdict import Decision
from inspectd.journal.journal import Journal
from inspectd.observe.metrics import Metrics
from inspectd.publish.mqtt import MqttPublisher
from inspectd.publish.plc import PlcLink
from inspectd.publish.register_values import LineStatus
from inspectd.settings.journal import JournalSettings
from inspectd.settings.metrics import MetricsSettings
from inspectd.settings.mqtt import MqttSettings
from inspectd.settings.plc import PlcSettings
from inspectd.settings.root import Settings
from inspectd.settings.station import StationSettings
from inspectd.settings.trigger import TriggerSettings
from inspectd.supervisor.line import Line
from inspectd.supervisor.publication import Publication
from inspectd.supervisor.verdicts import VerdictMaker
from inspectd.web.board import Board
from simulated_line.cameras import CameraFaults, Part, Station
from simulated_line.desk import Desk
from simulated_line.journal import SlowJournal
from simulated_line.plc import Habit, Plc
from simulated_line.virtual_time import VirtualLoop

_DEADLINE_MS, _WINDOW_MS = 200, 20
_STATUS_S = 0.1
_EMPTY = Part(0, bad=False)
_DRAIN_S = 60.0


@dataclass(frozen=True)
class EdgeFaults:
    """How often the photo-eye errs, per part; only where it fires the cameras."""

    lost: float = 0.0
    doubled: float = 0.0
    extra: float = 0.0


@dataclass(frozen=True)
class Scenario:
    """One run. `disk`: how often a commit takes longer than a part may, and how often it fails."""

    name: str
    parts: int
    seed: int
    habits: frozenset[Habit] = frozenset()
    hardware: bool = False
    stations: int = 1
    camera: CameraFaults = field(default_factory=CameraFaults)
    edges: EdgeFaults = field(default_factory=EdgeFaults)
    slow_disk: float = 0.0
    failing_disk: float = 0.0


@dataclass
class Report:
    """What came of a scenario; `broken` is empty where every promise was kept."""

    scenario: Scenario
    parts: int = 0
    triggers: int = 0
    decisions: Counter[str] = field(default_factory=Counter)
    overruns: int = 0
    foreign_writes: int = 0
    readings: int = 0
    simulated_s: float = 0.0
    # PASS on a picture of no part: the surplus edge that no clock can see (`core.parts`).
    unseen_extra: int = 0
    broken: list[str] = field(default_factory=list)


class _AtHand:
    """No transport: the PLC stands at the registers themselves."""

    bank: RegisterBank
    port = 0
    counters = ModbusCounters()
    fault = ""

    def __call__(self, _settings: PlcSettings, bank: RegisterBank) -> Self:
        self.bank = bank
        return self

    async def start(self) -> None:
        """Nothing to open."""

    async def stop(self) -> None:
        """Nothing to close."""


class World:
    """Made and run inside a `VirtualLoop`."""

    def __init__(self, scenario: Scenario, loop: VirtualLoop, journal: Journal) -> None:
        self._scenario = scenario
        self._loop = loop
        self._rng = random.Random(scenario.seed)  # noqa: S311 - a study, no secret
        settings = _settings(scenario)
        metrics, board = Metrics(MetricsSettings(port=0)), Board()
        slow = SlowJournal(journal, loop, self._commit_s)
        maker = VerdictMaker(Recipe(), {}, "simulated")
        self.line = Line(settings, maker, slow, metrics, loop.clock_ns)
        at_hand = _AtHand()
        self.link = PlcLink(PlcSettings(port=0), self.line, transport=at_hand, now_ns=loop.clock_ns)
        mqtt = MqttPublisher(MqttSettings(), "simulated", journal)
        publication = Publication(
            self.link, mqtt, metrics, board, now_ns=loop.clock_ns, gate=GateRules(after_parts=3)
        )
        fire = None if scenario.hardware else self._fire
        self.line.connect(publication, fire, Desk(publication), self._tell)
        self.plc = Plc(loop, at_hand.bank, self._rng, scenario.habits)
        self._stations = [
            Station(s.name, self.line, (loop, self._rng), scenario.camera, _DEADLINE_MS / 1e3)
            for s in settings.stations
        ]
        self._serial = 0
        self._drained = asyncio.Event()

    async def run(self) -> Report:
        """Let all parts pass, then everything that is owed be answered."""
        began_s = self._loop.time()
        await self.link.start()
        self._status()
        self._scan()
        self._loop.call_later(0.5, self._next_part)
        await self._drained.wait()
        await self.link.stop()
        report = Report(self._scenario, parts=self._serial)
        report.triggers = self.link.counters.triggers
        report.overruns = self.link.counters.overruns
        report.foreign_writes = self.link.counters.foreign_writes
        report.readings = self.plc.contract.readings
        report.simulated_s = self._loop.time() - began_s
        report.broken += self.plc.contract.broken
        return report

    def _commit_s(self) -> float | None:
        draw = self._rng.random()
        if draw < self._scenario.failing_disk:
            return None
        slow = draw < self._scenario.failing_disk + self._scenario.slow_disk
        return self._rng.uniform(0.3, 0.6) if slow else self._rng.uniform(0.0003, 0.003)

    def _fire(self, acquisition_id: int) -> None:
        part = self.plc.announcing or _EMPTY
        for station in self._stations:
            station.see(part, acquisition_id)

    def _tell(self) -> None:
        ready = not self.line.why_not_ready()
        self.link.update(LineStatus(ready=ready, online=True, camera_connected=True))

    def _status(self) -> None:
        self.line.turned()
        self._tell()
        self.line.retry_journal()
        self._loop.call_later(_STATUS_S, self._status)

    def _scan(self) -> None:
        self.plc.scan()
        if self._serial >= self._scenario.parts:
            self._end_when_quiet()
        self._loop.call_later(self._rng.uniform(0.004, 0.012), self._scan)

    def _next_part(self) -> None:
        self._serial += 1
        part = Part(self._serial, bad=self._rng.random() < 0.3)  # noqa: PLR2004 - three in ten
        if self._scenario.hardware:
            # The PLC announces what its own sensor sees; it cannot hold the belt.
            self.plc.arrive(part, 5_000_000, moving=True)
            self._edges(part)
        else:
            self.plc.arrive(part, 1_000_000_000, moving=False)
        if self._serial < self._scenario.parts:
            self._loop.call_later(self._rng.uniform(0.06, 0.12), self._next_part)
        else:
            self._loop.call_later(5.0, self.plc.behave)

    def _edges(self, part: Part) -> None:
        faults, rng = self._scenario.edges, self._rng
        at_s = rng.uniform(0.005, 0.012)
        if rng.random() >= faults.lost:
            self._loop.call_later(at_s, self._edge, part)
        if rng.random() < faults.doubled:
            self._loop.call_later(at_s + rng.uniform(0.002, 0.015), self._edge, part)
        if rng.random() < faults.extra:
            self._loop.call_later(rng.uniform(0.0, 0.06), self._edge, _EMPTY)

    def _edge(self, part: Part) -> None:
        for station in self._stations:
            station.see(part)

    def _end_when_quiet(self) -> None:
        if self._drained.is_set() or not self.plc.idle or self.line.parts.open_parts():
            return
        everything_told = self.plc.contract.quiet and not self.line.unstored()
        if everything_told:
            self._loop.call_later(2.0, self._drained.set)


def _settings(scenario: Scenario) -> Settings:
    source = "Line1" if scenario.hardware else "Software"
    camera = CameraSettings.model_validate({"driver": "replay", "trigger_source": source})
    names = [f"camera{number}" for number in range(1, scenario.stations + 1)]
    return Settings(
        recipe=Path("recipe.toml"),
        stations=tuple(StationSettings(name=name, camera=camera) for name in names),
        trigger=TriggerSettings(deadline_ms=_DEADLINE_MS, match_window_ms=_WINDOW_MS),
    )


def run(scenario: Scenario, folder: Path) -> Report:
    """One scenario from its first part to its last answer, on a loop of its own."""
    loop = VirtualLoop()
    path = folder / f"{scenario.name}.sqlite"
    journal = Journal(JournalSettings(path=path))
    journal.start()
    with contextlib.closing(loop):
        try:
            world, report = loop.run_until_complete(_run(scenario, loop, journal))
        finally:
            journal.stop()
    _look_at_journal(report, world, path)
    _look_at_plc(report, world)
    return report


async def _run(scenario: Scenario, loop: VirtualLoop, journal: Journal) -> tuple[World, Report]:
    world = World(scenario, loop, journal)
    return world, await world.run()


def _look_at_journal(report: Report, world: World, path: Path) -> None:
    """Every part is answered once, in order; of one acquisition the last sequence counts."""
    final: dict[int, str] = {}
    with contextlib.closing(sqlite3.connect(path)) as database:
        rows = database.execute(
            "SELECT acquisition_id, decision FROM verdicts ORDER BY sequence"
        ).fetchall()
    for acquisition_id, decision in rows:
        if acquisition_id in final and decision != "NO_VERDICT":
            report.broken.append(f"part {acquisition_id} was answered twice")
        final[acquisition_id] = decision
    wanted = range(1, world.line.parts.last_id + 1)
    missing = [number for number in wanted if number not in final]
    report.broken += [f"part {number} was never answered" for number in missing]
    report.broken += [f"part {number} was never there" for number in final.keys() - set(wanted)]
    report.decisions.update(final.values())


def _look_at_plc(report: Report, world: World) -> None:
    """What the PLC was told belongs to the part that it was told for."""
    owed = world.line.parts.last_id - report.overruns
    if world.plc.contract.records != owed:
        report.broken.append(f"{world.plc.contract.records} records were shown, {owed} were owed")
    for part_id, parts in world.plc.announced.items():
        answers = world.plc.answers.get(part_id, [])
        report.broken += _wrong(part_id, parts, answers)
        passes = [mark for decision, mark in answers if decision is Decision.PASS]
        report.unseen_extra += passes.count(_EMPTY.serial)


def _wrong(part_id: int, parts: list[Part], answers: list[tuple[Decision, int]]) -> Iterator[str]:
    serials = {part.serial for part in parts}
    judged = [(d, mark) for d, mark in answers if d in (Decision.PASS, Decision.FAIL)]
    if len(judged) > len(parts):
        yield f"part id {part_id} was judged {len(judged)} times"
    for decision, mark in judged:
        if mark not in serials | {_EMPTY.serial}:
            yield f"part id {part_id} was told {decision.name} of part {mark}: another one's"
