"""A bound on the work of judging one picture, in pixels and not in seconds.

A clock would give the same picture another answer on a busy day. What a picture costs follows from
its candidates before any of them is looked at closely: each is looked at in a window around it.
"""

import numpy as np

from inspectd.core.verdict import Reason, ReasonCode
from inspectd.vision.regions import Candidates

MAX_ANOMALIES = 200
# All windows together, and all that the candidates cover, in pictures. One scratch from corner to
# corner needs a window of one picture, eight along the whole of its width half of one each; a disc
# of half the picture's height covers a sixth of it.
MAX_WINDOWS = 5.0
MAX_COVERED = 0.35
_AROUND = 0.25  # of its longer side is looked at on each side of a candidate


def refuse_work(shot: str, found: Candidates) -> tuple[Reason, ...]:
    """Why it would take too long to look at everything in this shot; empty where it would not."""
    covered = np.count_nonzero(found.labels) / found.labels.size
    windows = float(_window_areas(found).sum()) / found.labels.size
    too_much = []
    if len(found.boxes) > MAX_ANOMALIES:
        too_much.append(f"{len(found.boxes)} anomalies, at most {MAX_ANOMALIES}")
    if windows > MAX_WINDOWS:
        too_much.append(
            f"{len(found.boxes)} anomalies with the surface around them are {windows:.1f} "
            f"pictures to look at, at most {MAX_WINDOWS:g}"
        )
    if covered > MAX_COVERED:
        too_much.append(f"anomalies cover {covered:.0%} of the picture, at most {MAX_COVERED:.0%}")
    return tuple(
        Reason(ReasonCode.TOO_MANY_ANOMALIES, f"shot {shot}: {text}", "crowded.outcome")
        for text in too_much
    )


def _window_areas(found: Candidates) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """(n,) area around each candidate, in pixels of `labels`."""
    rows, columns = found.labels.shape
    left, top, width, height = found.boxes.astype(np.float64).T
    around = _AROUND * np.maximum(width, height)
    wide = np.minimum(columns, left + width + around) - np.maximum(0.0, left - around)
    high = np.minimum(rows, top + height + around) - np.maximum(0.0, top - around)
    return np.asarray(wide * high, dtype=np.float64)
