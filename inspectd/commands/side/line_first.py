"""Training stands back while the line needs the machine, as the side host does."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import typer

from inspectd.commands.side.open_site import find_settings
from inspectd.pipelines.host.admission import Admission, ask_line
from inspectd.pipelines.host.isolate import stand_behind

_ASK_EVERY_S = 1.0


def behind_the_line(config: Path | None) -> Callable[[], None]:
    """Take the last place, and give what waits while the line is tight; call it often.

    The line is the one that the side host's settings name. ConfigurationError.
    """
    settings, _ = find_settings(config)
    stand_behind()
    address = settings.line.address
    ask = partial(ask_line, address) if address else None
    return _Pause(Admission(ask, settings.line.min_slack))


class _Pause:
    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        self._asked_s = float("-inf")

    def __call__(self) -> None:
        if time.monotonic() - self._asked_s < _ASK_EVERY_S:
            return
        told = False
        while self._admission.tight():
            if not told:
                typer.echo(f"waits: {self._admission.why}", err=True)
                told = True
            time.sleep(_ASK_EVERY_S)
        self._asked_s = time.monotonic()
