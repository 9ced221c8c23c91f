"""The one form of a point in time, in log lines and verdicts: they are read side by side."""

from datetime import UTC, datetime


def utc_now() -> str:
    """Now, as ISO 8601 in UTC with milliseconds: `2026-01-02T03:04:05.678+00:00`."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
