import fcntl
import os
import sys
import threading
from contextlib import suppress

import pytest

from inspectd.station.report import report

_F_SETPIPE_SZ = 1031


def test_a_log_that_nobody_reads_does_not_hold_the_station_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reading, writing = os.pipe()
    fcntl.fcntl(writing, _F_SETPIPE_SZ, 4096)
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while os.write(writing, b"x" * 1024):
            pass
    os.set_blocking(writing, True)
    with os.fdopen(writing, "w") as stuck, os.fdopen(reading, "rb") as reader:
        monkeypatch.setattr(sys, "stderr", stuck)
        reporting = threading.Thread(target=report, args=("camera_down",))
        reporting.start()
        reporting.join(5)
        held_up = reporting.is_alive()
        os.set_blocking(reading, False)
        reader.read()
        reporting.join(5)
    assert not held_up
