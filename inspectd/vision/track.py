"""Following a line through the picture, over its gaps and round its bends, to both of its ends.

Where a piece of the line lies is known roughly. The picture is straightened along it and beyond,
matched with the line's own profile, and the way that gathers the most match is taken (dynamic
programming); as long as it goes on, so do we.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.frame import Points
from inspectd.vision.background import SCALE, Departure, Plane
from inspectd.vision.band import STEP_PX, resampled, smoothed, straightened
from inspectd.vision.kernels import path as kernels
from inspectd.vision.kernels import ridge
from inspectd.vision.kernels.clearness import clearest
from inspectd.vision.lines import Seeds
from inspectd.vision.normalise import WorkingPicture
from inspectd.vision.robust import median_and_sigma
from inspectd.vision.shape import normals

_AHEAD_PX = 64
_ASIDE_PX = 8.0  # looked for to both sides of where the path is thought to be
_PROFILE_PX = 10.0  # half of a profile, the widest line and its flanks
_OFFSETS_PX = np.arange(-_PROFILE_PX, _PROFILE_PX + STEP_PX / 2, STEP_PX)
_FIRST_SIGMA_PX = 2.0  # of the first guess at a line's profile
_ALONG_SIGMA_PX = 3.0
_SMOOTH_REACH = 24
_BEND_COST = 0.2
_STEEPEST = 2
_CONE_PX, _CONE_SLOPE = 2.0, 0.12  # how far aside the line may go on, beyond its known end
_MOST_TURNS = 40
_FEWEST_TURNS = 3
_SETTLED_PX = 1
_FEWEST_POINTS = 8
_STRETCH_POINTS = 60  # the last points of a path say where it goes on to
_BENT_POINTS = 20  # fewer do not show a bend
_STRAIGHT_PX = 0.35  # RMS distance from a straight line that the pixels alone give a path
_HEIGHT_SHARE = 0.75
ON = 0.4  # share of the line's own strength from which a place counts for it
LONGEST_GAP_PX = 40
_OUTERMOST = [*range(8), *range(-8, 0)]  # positions across
_LOOK_ALONG_PX, _LOOK_ACROSS_PX = 8.0, 1.0
_HOPELESS = 1.8  # times the noise of a pixel beside, at first
# And once it has been followed; 3.3 is asked for in the end. Of 30 starts on rendered parts, the 24
# that proved to be lines were at 3.8 and above from their first turn, the 6 that did not at 2.1 to
# 2.9. So few cannot say what the faintest lines do: far below what is asked for.
_STILL_HOPELESS = 2.5
_HALF = 0.5
_USUAL_TIMES = 4.0
_FAINT_SHARE = 0.2  # of a profile's peak: below, it is noise


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What a line is followed in."""

    working: WorkingPicture
    away: Departure
    seeds: Seeds

    def band(self, path: Points, reach_px: float) -> Plane:
        """The picture along the path; see `band.straightened`."""
        return straightened(self.working, self.away, path, reach_px)

    def seen(self, path: Points, across: int) -> NDArray[np.bool_]:
        """(across,) whether a band's positions lie within the picture along most of the path."""
        rows, columns = self.working.lightness.shape
        offsets = (np.arange(across) - across // 2) * STEP_PX
        x, y = (path[:, None] + normals(path)[:, None] * offsets[:, None]).transpose(2, 0, 1)
        within = (x >= 0.0) & (y >= 0.0) & (x <= columns - 1.0) & (y <= rows - 1.0)
        return np.asarray(within.mean(axis=0) > _HALF)

    def kept(self, points: Points) -> Points:
        """The first of (n, 2) points, as far as they lie within the picture."""
        return points[: kernels.within(points, *self.working.lightness.shape)]


def followed(scene: Scene, start: Points, sign: float) -> Points | None:
    """The whole line, (n, 2) at one point a pixel, of which `start` is a rough piece.

    `sign`: 1 where it is brighter than the surface, -1 where it is darker, 0 where `start` is good
    enough to take the profile from. None where there is no line.
    """
    path = _centred(scene, resampled(start)) if sign == 0.0 else resampled(start)
    for turn in range(_MOST_TURNS):
        if len(path) < _FEWEST_POINTS:
            return None
        narrow = turn > 1
        least = _STILL_HOPELESS if narrow else _HOPELESS
        step = _step(scene, path, sign if turn == 0 else 0.0, least, narrow=narrow)
        if step is None:
            return None
        path, moved = step
        if turn >= _FEWEST_TURNS and max(moved) <= _SETTLED_PX:
            break
    return path


def clearness(scene: Scene, ends: Points) -> Plane:
    """How far pieces of lines stand out, over what lies beside them, anywhere along each.

    `ends`: (n, 2, 2) column and row of both ends. (n,) float32, in standard deviations of sums
    along the piece; of noise alone 3 to 4, of a line more.
    """
    reach_px = _ASIDE_PX + _PROFILE_PX
    offsets = np.arange(-reach_px, reach_px + STEP_PX / 2, STEP_PX)
    seen = scene.working.lightness.view()
    seen.flags.writeable = False  # numba would compile anew for any other kind
    found = np.empty(len(ends), np.float32)
    clearest(
        seen,
        scene.away.background[0],
        SCALE,
        np.ascontiguousarray(ends),
        offsets,
        _gaussian(_LOOK_ACROSS_PX / STEP_PX),
        _gaussian(_LOOK_ALONG_PX),
        round(_PROFILE_PX / STEP_PX),
        found,
    )
    return found


def _gaussian(sigma: float) -> Plane:
    """Taps 0 to 4 sigma of a Gaussian, float32."""
    taps = np.exp(-0.5 * (np.arange(math.ceil(4.0 * sigma) + 1) / sigma) ** 2)
    return np.asarray(taps / (2.0 * taps.sum() - taps[0]), dtype=np.float32)


def _step(
    scene: Scene, path: Points, sign: float, least: float, *, narrow: bool
) -> tuple[Points, tuple[int, int]] | None:
    """A better path, and how far its ends have moved, px.

    None where its profile is not `least` times the noise of a pixel beside.
    """
    head, band = lengthened(scene, path, _AHEAD_PX)
    known = slice(head, head + len(path))
    planes = scene.band(band, _ASIDE_PX + _PROFILE_PX)
    profile = own_profile(planes[known], _ASIDE_PX)
    if sign != 0.0:
        profile = sign * np.exp(-0.5 * (_OFFSETS_PX / _FIRST_SIGMA_PX) ** 2)
    elif np.abs(profile).max() < least * median_and_sigma(planes[::2, _OUTERMOST])[1]:
        return None
    match = matched(planes, profile)
    if match is None:
        return None
    aside, on = _way(match, head, len(path), narrow=narrow)
    if sign != 0.0:  # a guess at the profile says nothing about its height
        height = float(np.median(on[known]))
        if height <= 0.0:
            return None
        on /= height
    first, last = longest_stretch(on, known)
    if last - first < _FEWEST_POINTS:
        return None
    line = band + normals(band) * (aside + middle_px(profile))[:, None]
    moved = abs(first - known.start), abs(last - known.stop)
    return resampled(smoothed(line[first:last], _SMOOTH_REACH)), moved


def _centred(scene: Scene, path: Points) -> Points:
    """The path on the strongest part of its mean profile: a wide line has a ridge at each side."""
    if len(path) < _FEWEST_POINTS:
        return path
    planes = scene.band(path, _ASIDE_PX + _PROFILE_PX)
    return path + normals(path) * _off_centre_px(planes)


def _off_centre_px(planes: Plane) -> float:
    """How far aside the strongest part of the mean profile lies."""
    mean = planes.mean(axis=0, dtype=np.float64)
    size = np.abs(mean - np.median(mean))
    high = size >= _HALF * size.max()
    peak = int(size.argmax())
    low = peak - int((~high[: peak + 1][::-1]).argmax()) if not high[: peak + 1].all() else 0
    rest = ~high[peak:]
    top = peak + int(rest.argmax()) if rest.any() else len(size)
    return STEP_PX * ((low + 1 + top - 1) / 2.0 - len(size) // 2)


def lengthened(scene: Scene, path: Points, by_px: int) -> tuple[int, Points]:
    """How many points were put before the path's first, and all: it goes on at both ends."""
    tail = scene.kept(_onwards(path, by_px))
    head = scene.kept(_onwards(path[::-1], by_px))
    return len(head), np.vstack((head[::-1], path, tail))


def _onwards(path: Points, by_px: int) -> Points:
    """Points past the path's last one, with the bend of its last stretch."""
    stretch = np.ascontiguousarray(path[-_STRETCH_POINTS:])
    # A bend that is none would lead away from the line, and cut its end off.
    return kernels.onwards(stretch, by_px, _BENT_POINTS, _STRAIGHT_PX)


def own_profile(planes: Plane, aside_px: float) -> NDArray[np.float64]:
    """The mean profile across, at no offset, `_PROFILE_PX` to both sides; what is faint is 0.

    Where much more than usual is, as in a knot on a line, counts for less.
    """
    skipped = round(aside_px / STEP_PX)
    return kernels.own_profile(planes, skipped, _USUAL_TIMES, _FAINT_SHARE)


def middle_px(profile: NDArray[np.float64]) -> float:
    """How far aside the middle of a profile lies, between its outermost half heights, px."""
    above = np.flatnonzero(np.abs(profile) >= _HALF * np.abs(profile).max())
    return float(STEP_PX * ((above[0] + above[-1]) / 2.0 - len(profile) // 2))


def matched(planes: Plane, profile: NDArray[np.float64]) -> Plane | None:
    """How much of `profile` is at every place, 1 for all of it: (points, positions across).

    An offset of the whole neighbourhood counts for nothing. None where the profile is flat.
    """
    weight = profile - profile.mean()
    power = float((weight * profile).sum())
    if power <= 0.0:
        return None
    match = np.empty((len(planes), planes.shape[1] - len(profile) + 1), np.float32)
    kernels.matched(planes, (weight / power).astype(np.float32), match)
    return match


def along(match: Plane, sigma_px: float) -> Plane:
    """Smoothed along the path only."""
    return np.asarray(
        cv2.GaussianBlur(
            match, (1, 0), sigmaX=0.1, sigmaY=sigma_px, borderType=cv2.BORDER_REPLICATE
        ),
        dtype=np.float32,
    ).reshape(match.shape)


def _way(
    match: Plane, head: int, length: int, *, narrow: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How far aside of the path the line is at every point, px, and how much of it is there."""
    steps, across = match.shape
    smooth = along(match, _ALONG_SIGMA_PX)
    offsets = (np.arange(across) - across // 2) * STEP_PX
    at = np.arange(steps)
    beyond = np.maximum(np.maximum(head - at, at - (head + length - 1)), 0)
    known = 3.0 if narrow else _ASIDE_PX
    allowed = np.where(beyond > 0, _CONE_PX + _CONE_SLOPE * beyond, known)
    worth = np.where(np.abs(offsets) <= allowed[:, None], smooth, np.float32(-1.0))
    way = np.empty(steps, np.int64)
    ridge.best_way(np.minimum(worth, 1.5).astype(np.float32), _BEND_COST, _STEEPEST, way)
    return offsets[way], smooth[at, way].astype(np.float64)


def longest_stretch(on: NDArray[np.float64], known: slice) -> tuple[int, int]:
    """First and one past the last point of the line: where it gathers the most.

    Every point is worth what it has above `ON`, so that a gap is bridged where the piece beyond is
    worth it (the best of all sums of neighbours, Kadane). Gaps over `LONGEST_GAP_PX` never are.
    `known`: where it was thought to be; a line that was followed too far is weaker in its mean
    there than in itself.
    """
    height = max(1.0, _share_point(on[known], _HEIGHT_SHARE))
    return kernels.longest_stretch(np.ascontiguousarray(on), height, ON, LONGEST_GAP_PX)


def _share_point(values: NDArray[np.float64], share: float) -> float:
    """What this share of the values is below, as `numpy.quantile`, in a tenth of the time."""
    place = share * (len(values) - 1)
    low = int(place)
    ordered = np.sort(values)
    high = min(low + 1, len(values) - 1)
    return float(ordered[low] + (place - low) * (ordered[high] - ordered[low]))
