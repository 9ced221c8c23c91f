"""Composition root: settings to objects to processes. The only module that sees everything."""

import asyncio
import hashlib
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import structlog

from inspectd import __version__
from inspectd.core.gate import GateRules
from inspectd.core.messages import Configure
from inspectd.core.outputs import OutputSignals
from inspectd.journal.journal import Journal
from inspectd.load import fields_path, load_project
from inspectd.observe.log import Log
from inspectd.observe.metrics import Metrics
from inspectd.publish.mqtt import MqttPublisher
from inspectd.publish.plc import PlcLink
from inspectd.settings.outputs import OutputSettings
from inspectd.settings.project import Project
from inspectd.settings.root import Settings
from inspectd.settings.station import StationSettings
from inspectd.supervisor.active_recipe import ActiveRecipe
from inspectd.supervisor.alarms import AlarmDesk
from inspectd.supervisor.changeover import Changeover
from inspectd.supervisor.child import StationChild
from inspectd.supervisor.commands import LineCommands
from inspectd.supervisor.exchange import Exchange
from inspectd.supervisor.installed import Installed
from inspectd.supervisor.line import Line
from inspectd.supervisor.outputs import DigitalOutputs
from inspectd.supervisor.publication import Publication
from inspectd.supervisor.remote import RemoteDesk
from inspectd.supervisor.scheduling import ask_for_short_slices
from inspectd.supervisor.service import Service
from inspectd.supervisor.status import StatusReporter
from inspectd.supervisor.verdicts import VerdictMaker
from inspectd.supervisor.verification import Verification
from inspectd.web.board import Board
from inspectd.web.server import WebServer

# How long a thread that wants the GIL waits for one that computes. With Python's 5 ms, journal and
# loop could each wait that long for the MQTT thread, with a verdict in their hands.
_SWITCH_INTERVAL_S = 0.0005

log = structlog.get_logger("service")


def run_service(config: Path) -> None:
    """Run the service that a settings file describes until it is told to stop."""
    project = load_project(config)
    reload = partial(load_project, config)
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    ask_for_short_slices()
    with Log(project.settings.log) as logging:
        for name, calibration in project.calibrations.items():
            if calibration.content_sha256 is None:
                log.warning("calibration_not_sealed", station=name, why="written by a person")
        asyncio.run(_run(project, logging, reload))


async def _run(project: Project, logging: Log, reload: Callable[[], Project]) -> None:
    await make_service(project, logging, reload).run()


def make_service(
    project: Project, logging: Log, reload: Callable[[], Project] | None = None
) -> Service:
    """All rooms of one service, wired but not started. Needs a running event loop.

    `reload` reads the project again; without it the service stays with what it has.
    """
    settings = project.settings
    journal = Journal(settings.journal)
    metrics = Metrics(settings.metrics)
    board = Board()
    record = ActiveRecipe(Path(settings.journal.path), project)
    project = record.restored(project)
    installed = Installed(project)
    maker = VerdictMaker(
        project.recipe, project.calibrations, __version__, stations=settings.stations
    )
    maker.verification = _verification(project, maker)
    line = Line(settings, maker, journal, metrics)
    plc = PlcLink(settings.plc, line)
    mqtt = MqttPublisher(settings.mqtt, settings.line.name, journal)
    children = [
        StationChild(station, _configure(project, station), line) for station in settings.stations
    ]
    outputs = _outputs(settings.outputs, children)
    publication = Publication(
        plc,
        mqtt,
        metrics,
        board,
        outputs=outputs,
        gate=_gate(settings),
        deadline_ms=settings.trigger.deadline_ms,
    )
    changeover = Changeover(
        installed=installed,
        configure=_configure,
        line=line,
        maker=maker,
        children=children,
        record=record,
    )
    alarms = AlarmDesk(mqtt.alarm)
    commands = LineCommands(
        line=line,
        changeover=changeover,
        publication=publication,
        children=children,
        verification=maker.verification,
        alarms=alarms,
    )
    exchange = Exchange(
        installed=installed,
        load=reload or (lambda: project),
        change_broker=mqtt.change,
        configure=_configure,
        line=line,
        maker=maker,
        children=children,
    )
    reporter = StatusReporter(
        name=settings.line.name,
        line=line,
        maker=maker,
        children=children,
        journal=journal,
        plc=plc,
        mqtt=mqtt,
        publication=publication,
        exchange=exchange,
        alarms=alarms,
    )
    mqtt.listen(RemoteDesk(commands, mqtt, board.last_pictures).receive)
    line.connect(
        publication,
        None if settings.hardware_trigger else _fire_all(children),
        commands,
        lambda: plc.update(reporter.for_plc()),
    )
    return Service(
        line=line,
        children=children,
        journal=journal,
        plc=plc,
        mqtt=mqtt,
        metrics=metrics,
        board=board,
        web=WebServer(settings.web, board, commands, alarms),
        exchange=exchange,
        verification=maker.verification,
        reporter=reporter,
        logging=logging,
        heartbeat_limit_ms=settings.trigger.deadline_ms,
        outputs=outputs,
    )


def _configure(project: Project, station: StationSettings) -> Configure:
    taught = project.product.taught.get(station.name)
    return Configure(
        station=station.name,
        camera=station.camera,
        recipe=project.recipe,
        calibration=project.calibrations.get(station.name),
        queue_depth=station.queue_depth,
        vision_threads=station.vision_threads,
        fields_path=_fields_path(project, station),
        shot_gap_ms=station.shot_gap_ms,
        preview_max_px=station.preview_max_px,
        line1_socket=str(station.line1_socket or ""),
        match_window_ms=project.settings.trigger.match_window_ms,
        reference="" if taught is None else str(taught.path),
        reference_sha256="" if taught is None else taught.head.sha256,
        outputs=_signals(project.settings.outputs, station),
    )


def _signals(outputs: OutputSettings | None, station: StationSettings) -> OutputSignals | None:
    if outputs is None or outputs.station != station.name:
        return None
    return OutputSignals(**outputs.model_dump(exclude={"station"}))


def _outputs(
    settings: OutputSettings | None, children: list[StationChild]
) -> DigitalOutputs | None:
    if settings is None:
        return None
    return DigitalOutputs(next(c for c in children if c.name == settings.station).signal)


def _fields_path(project: Project, station: StationSettings) -> str:
    calibration = project.calibrations.get(station.name)
    if calibration is None or station.calibration is None:
        return ""
    return str(fields_path(Path(station.calibration), calibration) or "")


def _verification(project: Project, maker: VerdictMaker) -> Verification | None:
    """Its record stands beside the journal."""
    if project.gauge is None:
        return None
    settings, journal = project.settings, Path(project.settings.journal.path)
    path = journal.with_name(journal.name + ".verification.json")
    cameras = {
        station.name: hashlib.sha256(station.camera.model_dump_json().encode()).hexdigest()
        for station in settings.stations
    }
    conditions = partial(maker.conditions, cameras)
    return Verification(project.gauge, settings.verification, path, conditions)


def _gate(settings: Settings) -> GateRules | None:
    """The way to the reject gate; None where the settings name none."""
    if settings.gate.after_parts is not None:
        return GateRules(after_parts=settings.gate.after_parts)
    travel_ms = settings.gate.travel_ms
    return None if travel_ms is None else GateRules(after_ns=int(travel_ms * 1e6))


def _fire_all(children: list[StationChild]) -> Callable[[int], None]:
    def fire(acquisition_id: int) -> None:
        for child in children:
            child.fire(acquisition_id)

    return fire
