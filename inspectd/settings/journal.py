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
    retention_days: int = Field(
        90,
        ge=1,
        le=3_650,
        description="Days of running that a verdict is kept after it was delivered.",
    )
