"""The state of the line in the words of its readers: PLC, page, metrics, broker."""

import dataclasses
import time

from inspectd import __version__
from inspectd.core.verdict import ReasonCode
from inspectd.journal.journal import Journal
from inspectd.observe.snapshot import (
    BrokerSnapshot,
    JournalSnapshot,
    LineSnapshot,
    PlcSnapshot,
    StationSnapshot,
    VerificationSnapshot,
)
from inspectd.publish.mqtt import MqttPublisher
from inspectd.publish.plc import PlcLink
from inspectd.publish.register_map import STATE_NAMES, LineFault, LineState
from inspectd.publish.register_values import LineStatus
from inspectd.supervisor.alarms import AlarmDesk
from inspectd.supervisor.child import StationChild
from inspectd.supervisor.conditions import BACKLOG, conditions
from inspectd.supervisor.exchange import Exchange
from inspectd.supervisor.line import Line
from inspectd.supervisor.publication import Publication
from inspectd.supervisor.verdicts import VerdictMaker

_NO_ERROR = 0
_FAULTS = {
    ReasonCode.CALIBRATION_EXPIRED: LineFault.CALIBRATION_EXPIRED,
    ReasonCode.CALIBRATION_MISMATCH: LineFault.CALIBRATION_MISMATCH,
}


class StatusReporter:
    """Looks at every room and says how the line is. All calls on the loop's thread."""

    def __init__(
        self,
        *,
        name: str,
        line: Line,
        maker: VerdictMaker,
        children: list[StationChild],
        journal: Journal,
        plc: PlcLink,
        mqtt: MqttPublisher,
        publication: Publication,
        exchange: Exchange,
        alarms: AlarmDesk,
    ) -> None:
        self._name = name
        self._line = line
        self._maker = maker
        self._children = children
        self._journal = journal
        self._plc = plc
        self._mqtt = mqtt
        self._publication = publication
        self._exchange = exchange
        self._alarms = alarms
        self._started_ns = time.monotonic_ns()
        self._ever_up = False

    def concerns(self) -> list[str]:
        """What everybody must know at once: why parts are not taken, and why they cannot pass.

        And what somebody who has just asked for a reload waits to hear.
        """
        withheld = (reason.text for reason in self._maker.withheld())
        return [*self._line.why_not_ready(), *withheld, *self._refused()]

    def for_plc(self) -> LineStatus:
        """What the registers say."""
        error_code, error_cause = self._error()
        ready = not self._line.why_not_ready()
        return LineStatus(
            ready=ready,
            online=self._line.accepting,
            busy=self._line.parts.open_parts() > 0,
            state_number=self._state(),
            degraded=not ready,
            simulated=any(c.info is not None and c.info.info.simulated for c in self._children),
            camera_connected=all(child.is_up() for child in self._children),
            outbox_backlog=self._journal.backlog() > BACKLOG,
            offline_by_command=self._line.offline,
            recipe_number=self._maker.recipe.number,
            recipe_crc32=self._maker.recipe_crc32,
            error_code=error_code,
            error_cause=error_cause,
        )

    def snapshot(self) -> LineSnapshot:
        """What page, metrics and health checks say."""
        reasons = tuple(self._line.why_not_ready())
        snapshot = LineSnapshot(
            line=self._name,
            state=STATE_NAMES[self._state()],
            ready=not reasons,
            reasons=reasons,
            stations=tuple(self._station(child) for child in self._children),
            plc=self._plc_snapshot(),
            broker=self._broker(),
            journal=self._journal_snapshot(),
            recipe=self._maker.recipe.name,
            recipe_number=self._maker.recipe.number,
            decisions=dict(self._publication.decisions),
            uptime_s=(time.monotonic_ns() - self._started_ns) / 1e9,
            version=__version__,
            withheld=tuple(reason.text for reason in self._maker.withheld()),
            notices=self._notices(),
            verification=self._verification(),
        )
        return dataclasses.replace(snapshot, alarms=self._alarms.look(self._conditions(snapshot)))

    def _conditions(self, snapshot: LineSnapshot) -> dict[str, str]:
        return conditions(
            snapshot,
            withheld=self._maker.withheld(),
            overrun=self._publication.overrun(),
            refusal=self._exchange.refusal,
            soon=self._maker.gate.notices(),
            recently=self._alarms.recently,
        )

    def _refused(self) -> tuple[str, ...]:
        why = self._exchange.refusal
        return (f"the last reload was refused, and changed nothing: {why}",) if why else ()

    def _notices(self) -> tuple[str, ...]:
        overrun = self._publication.overrun()
        unseen = (overrun,) if overrun else ()
        return (*unseen, *self._refused(), *self._maker.gate.notices())

    def _state(self) -> LineState:
        self._ever_up = self._ever_up or all(child.is_up() for child in self._children)
        if self._line.journal_error:
            return LineState.ERROR
        if self._line.is_held():
            return LineState.INITIALIZED
        if self._line.why_not_ready():
            return LineState.ERROR if self._ever_up else LineState.PREOPERATIONAL
        return LineState.CONTINUOUS_EXECUTION if self._line.parts.open_parts() else LineState.READY

    def _error(self) -> tuple[int, int]:
        if self._line.journal_error:
            return LineFault.JOURNAL_FAILED, 0
        if self._ever_up:
            for number, child in enumerate(self._children, start=1):
                if not child.is_up():
                    return LineFault.STATION_DOWN, number
        return self._pass_withheld(), 0

    def _pass_withheld(self) -> int:
        withheld = self._maker.withheld()
        if not withheld:
            return _NO_ERROR
        return _FAULTS.get(withheld[0].code, LineFault.VERIFICATION_FAILED)

    def _verification(self) -> VerificationSnapshot | None:
        verification = self._maker.verification
        return None if verification is None else verification.snapshot()

    def _station(self, child: StationChild) -> StationSnapshot:
        beat, info = child.last_beat, child.info.info if child.info else None
        return StationSnapshot(
            name=child.name,
            up=child.is_up(),
            reason=self._line.down[child.name],
            model=info.model if info else "",
            serial=info.serial if info else "",
            simulated=info.simulated if info else False,
            frames=beat.counters.frames if beat else 0,
            failed_buffers=beat.counters.failed_buffers if beat else 0,
            queue_depth=beat.queue_depth if beat else 0,
            restarts=child.restarts,
        )

    def _plc_snapshot(self) -> PlcSnapshot:
        counters = self._plc.counters
        return PlcSnapshot(
            connected=self._plc.plc_connected,
            watchdog_tripped=self._plc.watchdog_tripped,
            link_fault=self._plc.link_fault,
            triggers=counters.triggers,
            missed=counters.missed,
            overruns=counters.overruns,
            foreign_writes=counters.foreign_writes,
            connections=counters.connections,
            watchdog_trips=counters.watchdog_trips,
            ack_mismatches=counters.ack_mismatches,
            handshake_timeouts=counters.handshake_timeouts,
            connections_refused=counters.connections_refused,
            idle_closed=counters.idle_closed,
            malformed=counters.malformed,
            tls_refused=counters.tls_refused,
            role_refused=counters.role_refused,
            links_lost=counters.links_lost,
            read_back_failures=counters.read_back_failures,
        )

    def _journal_snapshot(self) -> JournalSnapshot:
        error, status = self._line.journal_error, self._journal.status()
        return JournalSnapshot(not error, error, status.dropped, status.outlines_dropped)

    def _broker(self) -> BrokerSnapshot:
        status = self._mqtt.status()
        return BrokerSnapshot(
            connected=status.connected,
            backlog=status.backlog,
            puback_age_s=status.last_puback_age_s,
            errors=status.errors,
            fault=status.fault.value,
            error="" if status.connected else status.last_error,
        )
