"""The journal's section of the settings file."""

from pathlib import PurePath

from pydantic import Field

from inspectd.settings.base import Section


class JournalSettings(Section):
    """Where verdicts are kept, and for how long."""

    path: PurePath = Field(
        PurePath("/var/lib/inspectd/journal.sqlite"),
        description="The journal's file, on a local disk; its folder must exist.",
    )
    queue_depth: int = Field(
        256, ge=1, le=65_536, description="Verdicts that may wait for the disk; more: an error."
    )
    max_mb: int = Field(
        8_192,
        ge=16,
        le=16_777_216,
        description="What the file may take. Beyond it delivered verdicts go, oldest first, then "
        "outlines of those that wait; a verdict that waits never goes.",
    )
    retention_days: int = Field(
        90,
        ge=1,
        le=3_650,
        description="Days of running that a verdict is kept after it was delivered.",
    )
