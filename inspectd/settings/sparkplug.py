"""[mqtt.sparkplug]: verdicts and state as a Sparkplug B edge node."""

from pydantic import Field

from inspectd.settings.base import Section

# No topic separator and no wildcard (tck-id-intro-group-id-chars, -edge-node-id-chars).
_ID = r"^[^+/#]{1,64}$"


class SparkplugSettings(Section):
    """Who this service is in the plant's namespace. Given at all: Sparkplug instead of JSON."""

    group_id: str = Field(pattern=_ID, description="Group of edge nodes, such as the hall.")
    edge_node_id: str = Field("", pattern=r"^[^+/#]{0,64}$", description="Empty: the line's name.")
    host_id: str = Field(
        "",
        pattern=r"^[^+/#]{0,64}$",
        description="Primary host to wait for: verdicts stay on the disk while it is offline.",
    )
