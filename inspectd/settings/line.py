"""[line]: what this installation is called."""

from pydantic import Field

from inspectd.settings.base import Section


class LineSettings(Section):
    """Who speaks."""

    name: str = Field(
        "line1", pattern=r"^[A-Za-z0-9_-]{1,64}$", description="Name in topics, logs and records."
    )
