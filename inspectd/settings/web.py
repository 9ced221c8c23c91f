"""Settings of the operator's page: `[web]`."""

from pydantic import Field

from inspectd.settings.base import Host, Port, Section


class WebSettings(Section):
    """Where the page listens. It has no login: other than loopback only on a trusted network."""

    host: Host = "127.0.0.1"
    port: Port = 8080
    max_clients: int = Field(
        16, ge=1, le=100, description="Browsers that may follow the line at the same time."
    )
