"""What a run leaves behind: plain values, for `verify` to judge."""

from dataclasses import dataclass, field

from bench.schedule import Fault
from inspectd.core.verdict import ReasonCode

# What vision may say of a picture that it could judge.
JUDGEMENTS = frozenset(
    {
        ReasonCode.SCRATCH_TOO_LONG,
        ReasonCode.DENT_TOO_WIDE,
        ReasonCode.STAIN_TOO_LARGE,
        ReasonCode.OTHER_TOO_LARGE,
        ReasonCode.RULE_BROKEN,
        ReasonCode.INSIDE_GUARD_BAND,
        ReasonCode.TOO_MANY_ANOMALIES,
    }
)


@dataclass(frozen=True, slots=True)
class Edge:
    """One edge on Line1. `life`: which opening of the camera's socket heard it; None: nobody."""

    at_s: float
    life: tuple[int, int] | None


@dataclass(slots=True)
class FedPart:
    """One part on the belt. `edge` is an index into the edges, None where the edge was lost.

    `answered`: the PLC's trigger handshake ended before the part was past the photo-eye, so
    that the service owes it exactly one answer. Otherwise the PLC has withdrawn it, and rejects
    it by itself; the service may or may not have seen it.
    """

    part_id: int
    announced_ns: int
    answered: bool = False
    edge: int | None = None


@dataclass(slots=True)
class FaultRecord:
    """One fault as it happened. Times: CLOCK_MONOTONIC ns; `ready_s` None: not in time."""

    fault: Fault
    at_s: float
    away_s: float | None = None
    ended_ns: int = 0
    ready_s: float | None = None


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One verdict as the journal has it; `codes` of its reasons."""

    acquisition_id: int
    part_id: int
    decision: str
    codes: tuple[str, ...]

    @property
    def judged(self) -> bool:
        """Whether its own picture alone decided. FAIL may stand beside any other doubt, too."""
        return self.decision != "NO_VERDICT" and JUDGEMENTS.issuperset(self.codes)


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory in MB, of the supervisor and of all stations together."""

    supervisor_mb: float
    stations_mb: float


@dataclass(slots=True)
class Evidence:
    """Everything that was seen, each by its own way."""

    labels: tuple[str, ...] = ()
    bad_only: bool = False
    parts: list[FedPart] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    faults: list[FaultRecord] = field(default_factory=list)
    journal: list[JournalRow] = field(default_factory=list)
    # Decisions by acquisition id, from every witness at the broker in turn.
    mqtt: list[dict[int, str]] = field(default_factory=list)
    # The PLC's own reading, by part id; records of part 0; and what it counted as wrong.
    plc: dict[int, str] = field(default_factory=dict)
    plc_unannounced: int = 0
    plc_duplicates: int = 0
    plc_mismatches: int = 0
    # Verdicts that found no free slot in the registers; the service counts and flags them.
    overruns: int = 0
    station_exits: int = 0
    # When the camera or its Line1 had trouble of its own: from then on its next picture is unknown.
    doubts_s: list[float] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)
    memory: list[Memory] = field(default_factory=list)
