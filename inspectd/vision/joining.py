"""Pieces of one line: collinear, and no farther apart than they are long."""

import math
from dataclasses import replace

import numpy as np

from inspectd.core.frame import Points
from inspectd.vision.shape import Line, path_length
from inspectd.vision.track import LONGEST_GAP_PX

_TANGENT_PX = 24
_LARGEST_TURN = math.radians(25.0)  # from a piece's end into the gap, and out of it again
_NO_GAP_PX = 6.0  # of so short a gap the direction says nothing
_CONTRASTS_ALIKE = 3.0
_SAMPLES, _BESIDE_PX, _PIECE_SHARE = 32, 3.0, 0.8


def joined(lines: list[Line]) -> list[Line]:
    """The lines, with those that go on in one another made one, and none that lies on another."""
    waiting, done = _apart(lines), []
    while waiting:
        line = waiting.pop(0)
        other = next((other for other in waiting if _together(line, other) is not None), None)
        if other is None:
            done.append(line)
        else:
            waiting.remove(other)
            path = _together(line, other)
            assert path is not None
            waiting.insert(0, _one(line, other, path))
    return done


def _apart(lines: list[Line]) -> list[Line]:
    """The lines without those that are a piece of a longer one, found from another candidate."""
    kept: list[Line] = []
    for line in sorted(lines, key=lambda line: -path_length(line.centreline_px, closed=False)):
        if not any(_lies_on(line, longer) for longer in kept):
            kept.append(line)
    return [line for line in lines if any(line is one for one in kept)]


def _lies_on(line: Line, longer: Line) -> bool:
    points = line.centreline_px[:: max(1, len(line.centreline_px) // _SAMPLES)]
    way = longer.centreline_px
    away = np.hypot(*(points[:, None] - way[None]).transpose(2, 0, 1)).min(axis=1)
    near = away < longer.width_px / 2.0 + _BESIDE_PX
    return line.contrast * longer.contrast > 0.0 and float(near.mean()) > _PIECE_SHARE


def _together(one: Line, other: Line) -> Points | None:
    """Both centrelines end to end, where one goes on as the other."""
    first, second = one.centreline_px, other.centreline_px
    if not _alike(one.contrast, other.contrast):
        return None
    ways = [(a, b) for a in (first, first[::-1]) for b in (second, second[::-1]) if _goes_on(a, b)]
    if not ways:
        return None
    a, b = min(ways, key=lambda way: float(np.hypot(*(way[1][0] - way[0][-1]))))
    return np.vstack((a, b))


def _alike(one: float, other: float) -> bool:
    weaker, stronger = sorted((abs(one), abs(other)))
    return one * other > 0.0 and stronger <= _CONTRASTS_ALIKE * weaker


def _goes_on(first: Points, second: Points) -> bool:
    """Whether a path starts where, and in the direction in which, the other one ends."""
    gap = second[0] - first[-1]
    size = float(np.hypot(*gap))
    if size > LONGEST_GAP_PX:
        return False
    shorter = min(path_length(first, closed=False), path_length(second, closed=False))
    if size > shorter:
        return False
    out = first[-1] - first[-min(_TANGENT_PX, len(first))]
    away = second[min(_TANGENT_PX, len(second)) - 1] - second[0]
    if size <= _NO_GAP_PX:
        return _turn(out, away) < _LARGEST_TURN
    return _turn(out, gap) < _LARGEST_TURN and _turn(gap, away) < _LARGEST_TURN


def _turn(one: Points, other: Points) -> float:
    """Angle between two directions, rad."""
    cross = float(one[0] * other[1] - one[1] * other[0])
    return abs(math.atan2(cross, float(one @ other)))


def _one(one: Line, other: Line, path: Points) -> Line:
    """Both lines as one along `path`: the means of what they are, weighted by their lengths."""
    sizes = [path_length(line.centreline_px, closed=False) for line in (one, other)]
    share = sizes[0] / sum(sizes)
    return replace(
        one,
        centreline_px=path,
        width_px=share * one.width_px + (1.0 - share) * other.width_px,
        max_width_px=max(one.max_width_px, other.max_width_px),
        contrast=share * one.contrast + (1.0 - share) * other.contrast,
        contrast_to_noise=share * one.contrast_to_noise + (1.0 - share) * other.contrast_to_noise,
        end_sd_px=math.sqrt((one.end_sd_px**2 + other.end_sd_px**2) / 2.0),
    )
