"""Counting for cameras: one writer beside `pulse_line1` in another thread, any reader."""

import threading
from dataclasses import replace
from typing import Literal

from inspectd.core.camera import CameraCounters

Event = Literal["frames", "failed_buffers", "timeouts", "skipped", "reconnects", "repeated"]


class Tally:
    """A CameraCounters that can be added to from two threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now = CameraCounters()

    def add(self, event: Event, amount: int = 1) -> None:
        """Count `amount` more of one field of CameraCounters."""
        with self._lock:
            changed = {event: getattr(self._now, event) + amount}
            self._now = replace(self._now, **changed)

    def now(self) -> CameraCounters:
        """Totals so far."""
        return self._now
