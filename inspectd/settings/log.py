"""Settings of the log: `[log]`."""

from typing import Literal

from pydantic import Field

from inspectd.settings.base import Section


class LogSettings(Section):
    """JSON lines on stderr, one event a line."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Events below this level are not written."
    )
