"""`inspectd side run`."""

from pathlib import Path

from inspectd.commands.side.open_site import find_settings
from inspectd.pipelines.host.host import run_host
from inspectd.pipelines.host.logs import log_to_stderr
from inspectd.pipelines.host.web.serve import serve_page


def run_side(config: Path | None) -> None:
    """Be the side host. InspectdError."""
    settings, file = find_settings(config)
    log_to_stderr()
    run_host(settings, None if file is None else file.absolute(), serve_page)
