"""Settings of the Prometheus endpoint: `[metrics]`."""

from inspectd.settings.base import Host, Port, Section


class MetricsSettings(Section):
    """Where Prometheus scrapes."""

    host: Host = "127.0.0.1"
    port: Port = 9464
