"""Parts of played cameras, and the rules they are put together by."""

from inspectd.core.parts import AssemblyRules, PartAssembler
from inspectd.core.verdict import Decision, Reason, ReasonCode, ViewResult

MS = 1_000_000
DEADLINE = 1_000 * MS
WINDOW = 50 * MS
LOST = Reason(ReasonCode.STATION_LOST, "the station process died")


def result(decision: Decision = Decision.PASS) -> ViewResult:
    return ViewResult(decision, (), (), 1, 1.0, {})


def assembler(*stations: str, hardware: bool = True, deadline: int = DEADLINE) -> PartAssembler:
    return PartAssembler(stations or ("top",), AssemblyRules(hardware, deadline, WINDOW))
