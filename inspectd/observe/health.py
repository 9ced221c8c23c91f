"""Whether the service lives, and whether the line may rely on it.

`alive` asks for a restart when it fails; `ready` only says that parts would get NO-VERDICT now.
"""

from dataclasses import dataclass

from inspectd.observe.snapshot import LineSnapshot

# The supervisor makes several snapshots a second; without one for so long its loop is stuck.
STALE_AFTER_S = 5.0


@dataclass(frozen=True, slots=True)
class Health:
    """The answer, and in words what speaks against it."""

    ok: bool
    reasons: tuple[str, ...]


def alive(status_age_s: float) -> Health:
    """Whether the supervisor still turns: its last snapshot is fresh."""
    return _health(_staleness(status_age_s))


def ready(line: LineSnapshot | None, status_age_s: float) -> Health:
    """Whether the next trigger would be answered with a judgement."""
    reasons = _staleness(status_age_s)
    if line is None:
        return _health([*reasons, "the line is starting"])
    for station in line.stations:
        if not station.up:
            reasons.append(f"station {station.name} is down: {station.reason or 'no reason given'}")
    if not line.stations:
        reasons.append("no station is configured")
    if not line.journal.ok:
        reasons.append(f"journal: {line.journal.reason or 'not writable'}")
    reasons += [reason for reason in line.reasons if reason not in reasons]
    if not line.ready and not reasons:
        reasons.append(f"the line is in state {line.state}")
    return _health(reasons)


def _staleness(status_age_s: float) -> list[str]:
    if status_age_s <= STALE_AFTER_S:
        return []
    return [f"the supervisor's last status is {status_age_s:.0f} s old"]


def _health(reasons: list[str]) -> Health:
    return Health(not reasons, tuple(reasons))
