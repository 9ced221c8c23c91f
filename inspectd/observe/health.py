"""Whether the service lives, and whether the line may rely on it.

`alive` asks for a restart when it fails; `ready` only says that parts would get NO-VERDICT now.
"""

from dataclasses import dataclass

from inspectd.observe.snapshot import LineSnapshot

# The supervisor makes one snapshot a second; without one for so long its loop is stuck.
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
    reasons += line.reasons
    if not line.ready and not line.reasons:
        reasons.append(f"the line is in state {line.state}")
    # The line says so itself; if it ever does not, doubt wins.
    if not line.reasons:
        reasons += [s.reason or f"station {s.name}: down" for s in line.stations if not s.up]
        reasons += [] if line.journal.ok else [f"journal: {line.journal.reason or 'not writable'}"]
    return _health(reasons)


def _staleness(status_age_s: float) -> list[str]:
    if status_age_s <= STALE_AFTER_S:
        return []
    return [f"the supervisor's last status is {status_age_s:.0f} s old"]


def _health(reasons: list[str]) -> Health:
    return Health(not reasons, tuple(reasons))
