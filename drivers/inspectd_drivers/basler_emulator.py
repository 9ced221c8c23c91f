"""What only pylon's camera emulator can do: show files, and play the photo-eye."""

import threading
import time
from pathlib import Path
from typing import Any

from inspectd_drivers.basler_features import Features
from inspectd_drivers.pictures import is_cut_off_jpeg, picture_files

_POLL_S = 0.002


class EmulatorPictures:
    """The files that an emulated camera shows, in the emulator's own order.

    A picture's block ID tells which file it came from: the emulator lists the folder once, by
    name, and every exposure, also a failed one, takes the next file (measured, pylon 12.4).
    """

    def __init__(self, camera: Any, features: Features, source: Path) -> None:
        """Point the open emulator at `source`; DeviceNotFoundError if there is nothing."""
        self._files = picture_files(source)
        features.require("TestImageSelector", "Off")
        camera.ImageFilename.SetValue(str(source.absolute()))
        features.require("ImageFileMode", "On")

    def damage(self, block_id: int) -> str:
        """Why this picture must not be judged, or "".

        pylon's decoder fills the missing rows of a cut-off JPEG with grey and reports success;
        every other damaged file it reports as a failed grab by itself (measured, pylon 12.4).
        """
        file = self._files[block_id % len(self._files)]
        return f"{file} is cut off" if is_cut_off_jpeg(file) else ""


def fire_when_ready(pylon: Any, camera: Any, wait_s: float, closing: threading.Event) -> bool:
    """Trigger one exposure by software; False if the camera was not ready in time.

    The emulator plays an edge on Line1 in the same way. A trigger to a camera that still exposes,
    or has no free buffer, is lost without a word: hence the wait. It is no single wait inside
    pylon, because `RetrieveResult` in the owner's thread stands still as long as another thread
    is inside `WaitForFrameTriggerReady`, and then no buffer comes free (measured, pylon 12.4).
    """
    until = time.monotonic() + wait_s
    while not camera.WaitForFrameTriggerReady(0, pylon.TimeoutHandling_Return):
        if closing.wait(_POLL_S) or time.monotonic() > until:
            return False
    camera.TriggerSoftware.Execute()
    return True
