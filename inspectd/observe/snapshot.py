"""The line at one moment: what the page, the health checks and the metrics all show.

The supervisor makes one a second, and one more when what keeps the line from being ready changes;
nobody else asks the rooms themselves.
"""

from dataclasses import asdict, dataclass
from typing import Any

from inspectd.core.verdict import Decision


@dataclass(frozen=True, slots=True)
class StationSnapshot:
    """One camera's process. `reason`: why it is not up, empty when it is.

    `frames` and `failed_buffers` are the camera's totals since its process started; `restarts`
    counts the processes after the first.
    """

    name: str
    up: bool
    reason: str = ""
    model: str = ""
    serial: str = ""
    simulated: bool = False
    frames: int = 0
    failed_buffers: int = 0
    queue_depth: int = 0
    restarts: int = 0


@dataclass(frozen=True, slots=True)
class PlcSnapshot:
    """The link to the line PLC. `connected`: a PLC that writes is there; totals since start."""

    connected: bool
    watchdog_tripped: bool
    link_fault: str = ""
    triggers: int = 0
    missed: int = 0
    overruns: int = 0
    foreign_writes: int = 0
    connections: int = 0
    watchdog_trips: int = 0
    ack_mismatches: int = 0
    handshake_timeouts: int = 0
    connections_refused: int = 0
    idle_closed: int = 0
    malformed: int = 0
    tls_refused: int = 0
    role_refused: int = 0
    links_lost: int = 0
    read_back_failures: int = 0


@dataclass(frozen=True, slots=True)
class BrokerSnapshot:
    """The MQTT broker. `backlog`: verdicts not yet acknowledged; `puback_age_s`: None: none yet."""

    connected: bool
    backlog: int = 0
    puback_age_s: float | None = None
    errors: int = 0
    # What keeps it away, for programs and for people; "none" and empty while it is there.
    fault: str = "none"
    error: str = ""


@dataclass(frozen=True, slots=True)
class JournalSnapshot:
    """The verdict journal. `reason`: what is wrong with it, empty when it is well."""

    ok: bool
    reason: str = ""
    # Given up because the file was too large.
    dropped: int = 0
    outlines_dropped: int = 0


@dataclass(frozen=True, slots=True)
class VerificationSnapshot:
    """The verification with a gauge part. `left`: parts that are still to come, 0: none runs.

    `at`: when the last one ended, empty: there was none; `good`: whether it was good; `alarm`: one
    failed and is not acknowledged. `bias` and `spread`: of the last one, by feature, mm or mm²;
    None where the feature was not found.
    """

    gauge: str
    left: int
    alarm: bool
    at: str
    good: bool
    bias: dict[str, float | None]
    spread: dict[str, float | None]


@dataclass(frozen=True, slots=True)
class AlarmSnapshot:
    """One alarm that is not normal, or is shelved, for `shelved_s` still (None: it is not).

    `cause`, `consequence` and `action`: in English and Chinese; `detail` in English.
    """

    id: str
    state: str
    priority: str
    detail: str
    age_s: float
    chattering: bool
    shelved_s: float | None
    within_min: int
    cause: tuple[str, str]
    consequence: tuple[str, str]
    action: tuple[str, str]


@dataclass(frozen=True, slots=True)
class LineSnapshot:
    """Everything at one moment.

    `state` is the name of the OPC 40100-1 state (Preoperational, Error, Ready,
    ContinuousExecution); `reasons` say in words why the line is not ready, empty when it is;
    `decisions` counts the verdicts since the service started. `withheld` says why nothing may pass
    although parts are judged, empty when parts may; `notices` what will need a person soon.
    """

    line: str
    state: str
    ready: bool
    reasons: tuple[str, ...]
    stations: tuple[StationSnapshot, ...]
    plc: PlcSnapshot
    broker: BrokerSnapshot
    journal: JournalSnapshot
    recipe: str
    recipe_number: int
    decisions: dict[Decision, int]
    uptime_s: float
    version: str
    withheld: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    verification: VerificationSnapshot | None = None
    # The first one came first; those of high priority before the others.
    alarms: tuple[AlarmSnapshot, ...] = ()

    @property
    def simulated(self) -> bool:
        """Whether any picture comes from an emulated or replay camera."""
        return any(station.simulated for station in self.stations)

    def document(self) -> dict[str, Any]:
        """What page and broker are told: plain values, decisions by name, and `simulated`."""
        decisions = {decision.name: count for decision, count in self.decisions.items()}
        return {**asdict(self), "decisions": decisions, "simulated": self.simulated}
