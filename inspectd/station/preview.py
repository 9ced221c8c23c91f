"""Pictures for the operator's page, drawn beside the line and never in its way.

Drawing has its own thread because a part may arrive while it runs: OpenCV releases the GIL, so
the judging thread goes on. Only the newest view is kept; those it replaces are counted.
"""

import os
import threading
import time
from collections.abc import Callable

from inspectd.core.frame import Frame, View
from inspectd.core.job import Job
from inspectd.core.messages import Preview
from inspectd.core.verdict import ViewResult
from inspectd.station.report import one_line, report
from inspectd.vision.overlay import draw, encode_jpeg

# A picture for the page is wanted soon; a verdict on its way to the gate is wanted now.
_NICENESS = 10
_GRACE_S = 0.02


class Previews:
    """Draws, encodes and sends views. `send` returns False where the link dropped the message."""

    def __init__(self, max_px: int, send: Callable[[Preview, bytes], bool]) -> None:
        self._max_px = max_px
        self._send = send
        self._lock = threading.Condition()
        self._next: tuple[int, View, ViewResult, Job] | None = None
        self._closed = False
        self.skipped = 0
        self._thread = threading.Thread(target=self._serve, name="preview")
        self._thread.start()

    def offer(self, view: int, pictures: View, result: ViewResult, job: Job) -> None:
        """Hand over a view and what it was judged by; returns at once."""
        with self._lock:
            self.skipped += self._next is not None
            self._next = (view, pictures, result, job)
            self._lock.notify()

    def skip(self) -> None:
        """Count a view that is not offered because parts are waiting."""
        with self._lock:
            self.skipped += 1

    def close(self) -> None:
        """Finish the one being drawn and end."""
        with self._lock:
            self._closed = True
            self._lock.notify()
        self._thread.join()

    def _serve(self) -> None:
        # Linux gives each thread a priority of its own (setpriority(2), "Notes").
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
        while True:
            with self._lock:
                self._lock.wait_for(lambda: self._next or self._closed)
                if self._next is None:
                    return
                offered, self._next = self._next, None
            # The result has just left: the processors are for those who carry it to the PLC.
            time.sleep(_GRACE_S)
            if not self._draw(*offered):
                self.skip()

    def _draw(self, view: int, pictures: View, result: ViewResult, job: Job) -> bool:
        try:
            drawn = draw(_worst_frame(pictures, result).pixels, result, self._max_px, job)
            jpeg = encode_jpeg(drawn)
        except Exception as error:  # noqa: BLE001 - the verdict is out; a picture is never worth a restart
            report("preview_failed", view=view, reason=one_line(error))
            return False
        return self._send(Preview(view, drawn.shape[1], drawn.shape[0]), jpeg)


def _worst_frame(pictures: View, result: ViewResult) -> Frame:
    shots = {frame.shot: frame for frame in pictures.frames}
    seen = [defect.shot for defect in result.defects if defect.shot in shots]
    return shots[seen[0]] if seen else pictures.frames[0]
