"""Which alarms' conditions stand, read off the line's snapshot and what else is known of it."""

from collections.abc import Callable

from inspectd.core.verdict import Reason, ReasonCode
from inspectd.observe.snapshot import LineSnapshot, PlcSnapshot

# So many verdicts unacknowledged mean that the broker is away, not that it is busy.
BACKLOG = 100
_STARTING = "Preoperational"
_AWAY = ("name_not_resolved", "unreachable", "no_broker", "lost")
_BY_REASON = {
    ReasonCode.VERIFICATION_FAILED: "verification_failed",
    ReasonCode.VERIFICATION_DUE: "verification_due",
    ReasonCode.CALIBRATION_EXPIRED: "calibration_invalid",
    ReasonCode.CALIBRATION_MISMATCH: "calibration_invalid",
}

Recently = Callable[[str, int], bool]


def conditions(
    line: LineSnapshot,
    *,
    withheld: tuple[Reason, ...],
    overrun: str,
    refusal: str,
    soon: tuple[str, ...],
    recently: Recently,
) -> dict[str, str]:
    """The ids of `core.alarm_table` that stand, each with what there is to say.

    `recently`: whether a counter, by name, has grown a short while ago.
    """
    found = {
        "station_down": "; ".join(station.reason for station in line.stations if not station.up),
        "journal_failed": line.journal.reason,
        "results_overrun": overrun,
        "reload_refused": refusal,
        "attention_soon": "; ".join(soon),
    }
    if line.state == _STARTING:
        del found["station_down"]
    for reason in withheld:
        name = _BY_REASON.get(reason.code)
        if name is not None:
            found[name] = "; ".join(filter(None, (found.get(name), reason.text)))
    found |= _of_plc(line.plc, recently)
    broker = line.broker
    if not broker.connected and broker.fault != "none":
        found["broker_away" if broker.fault in _AWAY else "broker_refuses"] = broker.error
    lost = line.journal.outlines_dropped
    if recently("outlines_dropped", lost):
        found["outlines_dropped"] = f"{lost} verdicts without their outlines so far"
    if broker.backlog > BACKLOG:
        found["outbox_backlog"] = f"{broker.backlog} verdicts wait"
    return {name: detail for name, detail in found.items() if detail}


def _of_plc(plc: PlcSnapshot, recently: Recently) -> dict[str, str]:
    refused = plc.connections_refused + plc.tls_refused + plc.role_refused + plc.malformed
    counted = (
        ("plc_foreign_writes", plc.foreign_writes, "{} writes refused so far"),
        (
            "plc_handshake",
            plc.ack_mismatches + plc.handshake_timeouts,
            "{} wrong acknowledgements and bits held too long so far",
        ),
        ("plc_refused", refused, "{} clients or requests turned away so far"),
    )
    found = {name: said.format(n) for name, n, said in counted if recently(name, n)}
    found["plc_link"] = plc.link_fault
    if plc.watchdog_tripped:
        found["plc_watchdog"] = f"it has stopped {plc.watchdog_trips} times so far"
    return found
