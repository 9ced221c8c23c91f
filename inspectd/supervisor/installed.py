"""What the line runs with at the moment, and the standstill in which it may be exchanged.

One thing is exchanged at a time: whoever wants to holds `busy`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from inspectd.settings.project import Project
from inspectd.supervisor.line import Line

# Beyond the parts' own deadline, for the journal.
_GRACE_S = 2.0


class Installed:
    """The project as it is now: calibrations, recipes, and which of these is active."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.busy = asyncio.Lock()


@asynccontextmanager
async def between_parts(line: Line, project: Project, why: str) -> AsyncIterator[bool]:
    """Take no parts meanwhile. The value is whether those on their way have been answered first."""
    line.pause(why)
    try:
        limit_s = project.settings.trigger.deadline_ms / 1e3 + _GRACE_S
        try:
            async with asyncio.timeout(limit_s):
                await line.until_idle()
        except TimeoutError:
            yield False
        else:
            yield True
    finally:
        line.resume()
