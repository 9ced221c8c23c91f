"""Lines: the centreline of a thin candidate, its ends and its width.

Along its path the picture is straightened, so that a few hundred noisy profiles become one clean
one, and its ends are where the line's own profile has faded to half.
"""

import math
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.frame import Points
from inspectd.vision.background import Plane
from inspectd.vision.band import STEP_PX
from inspectd.vision.kernels import ridge
from inspectd.vision.lines import Seeds
from inspectd.vision.robust import median_and_sigma
from inspectd.vision.shape import Line, normals, path_length
from inspectd.vision.sides import sides_px
from inspectd.vision.spread import Spread, in_turn
from inspectd.vision.track import (
    ON,
    Scene,
    along,
    clearness,
    followed,
    lengthened,
    longest_stretch,
    matched,
    own_profile,
)
from inspectd.vision.window import Window

_RIDGE_SIGMA_PX = 1.0  # of the energy, at half resolution
_LOW_SHARE = 0.08  # hysteresis: of the strongest point's strength
_RIDGES = 6
# Below, seeds are as often grain. In a closer look 208 of 226 seeds of grain stayed below 4.0; of
# 70 scratches of a contrast-to-noise of 4 to 5 none did, but one along the grain (3.7).
_SURE = 6.0
_WORTH_FOLLOWING = 4.0
_SHARES = 2  # of the work of looking at seeds
_FEWEST_POINTS = 5
_EXPLAINS = 0.7  # of a candidate's extent: so long a line is all there is
_BEYOND_PX = 40  # looked at beyond both ends
_NOISE_REACH_PX = 20.0
_NOISE_FROM_PX = 12.0  # so far aside of a line there is surface only
_ALONG_SIGMA_PX = 2.0
_GAP_SIGMA_PX = 3.0
_WIDTH_SIGMA_PX = 10.0
_HALF = 0.5
# Of a single pixel. Scratches of 4 and more measure just that; grain that is followed by chance
# was seen to reach 2.9.
_CONTRAST_TO_NOISE = 3.3
_WEAK_CONTRAST_TO_NOISE = 4.0  # from a weak seed; a streak of 22 mm had 3.4
_CLEAR = 3.0  # times the standard deviation of what lies beside
# A line of two pixels loses some of its height when it is straightened. Then it must be clearer all
# along than grain, which was seen to reach 2.9 and 6.7.
_NARROWEST, _STRIKING = 2.8, 10.0
# Half of a round end's profile is left where a chord is half as long as the width: a little
# before the tip. A square end has none of it.
_TIP_SHARE = 0.067
_TIP_PX = 0.25  # the rest of what 129 rendered scratches, straight, bent and broken, were short
_TAU_ROOT = 2.5066  # sqrt(2 pi): a smoothed step rises by 1 / (sqrt(2 pi) sigma) a pixel
_BLUR_PX = 1.0


def trace(window: Window, scene: Scene) -> Line | None:
    """The line that runs through this window's candidate; None where there is none.

    It is followed out of the window where it goes on.
    """
    best: Line | None = None
    for rough in (_seeded, _ridge):
        start = rough(window, scene)
        line = None if start is None else _from(scene, *start)
        if line is not None and (best is None or _weight(line) > _weight(best)):
            best = line
        if best is not None and _length(best) > _EXPLAINS * _extent(window):
            break
    return best


def worth_following(scene: Scene, spread: Spread = in_turn) -> Seeds:
    """The scene's seeds that are clear by their score, or at full resolution; the others are grain.

    Most of what sound surfaces show at a quarter of the resolution goes here, at a small part of
    what it takes to follow a line.
    """
    seeds = scene.seeds
    weak = np.flatnonzero(np.abs(seeds.score) < _SURE)
    kept = np.ones(len(seeds.score), np.bool_)

    def look(some: NDArray[np.intp]) -> None:
        kept[some] = clearness(scene, seeds.ends_px[some]) >= _WORTH_FOLLOWING

    spread([partial(look, weak[start::_SHARES]) for start in range(_SHARES)])
    return Seeds(seeds.ends_px[kept], seeds.score[kept])


def _length(line: Line) -> float:
    return path_length(line.centreline_px, closed=False)


def _weight(line: Line) -> float:
    return line.contrast_to_noise * _length(line)


def _extent(window: Window) -> float:
    """Diagonal of the box around the candidate, px."""
    rows, columns = (np.flatnonzero(window.inside.any(axis=axis)) for axis in (1, 0))
    return math.hypot(float(np.ptp(rows)), float(np.ptp(columns)))


def _from(scene: Scene, start: Points, score: float) -> Line | None:
    """The line of which `start` is a rough piece, a seed of this score, or 0; `track.followed`."""
    path = followed(scene, start, float(np.sign(score)))
    if path is None or len(path) < _FEWEST_POINTS:
        return None
    weak = 0.0 < abs(score) < _SURE
    return _fitted(scene, path, _WEAK_CONTRAST_TO_NOISE if weak else _CONTRAST_TO_NOISE)


def _seeded(window: Window, scene: Scene) -> tuple[Points, float] | None:
    """The clearest straight piece whose middle lies in the candidate, and its score."""
    seeds = scene.seeds
    middle = np.rint(seeds.ends_px.mean(axis=1) - (window.column_px, window.row_px)).astype(int)
    rows, columns = window.inside.shape
    for (x, y), ends, score in zip(middle.tolist(), seeds.ends_px, seeds.score, strict=True):
        if 0 <= x < columns and 0 <= y < rows and window.inside[y, x]:
            return ends, float(score)
    return None


def _ridge(window: Window, _scene: Scene) -> tuple[Points, float] | None:
    """The longest ridge of the texture filter's response, in pixels of the picture, and 0.

    Of the few strongest: a knot on a scratch is stronger than the scratch.
    """
    if window.faint:
        return None
    level = cv2.GaussianBlur(window.energy(), (0, 0), _RIDGE_SIGMA_PX)
    points = np.empty((*level.shape, 5), np.float32)
    ridge.ridge_points(np.asarray(level, dtype=np.float32), points)
    inside = window.inside[::2, ::2]
    strength = points[:, :, 0]
    strength[inside[: level.shape[0], : level.shape[1]] == 0] = 0.0
    low = _LOW_SHARE * float(strength.max())
    paths = []
    for _ in range(_RIDGES):
        row, column = (int(v) for v in np.unravel_index(int(strength.argmax()), strength.shape))
        if strength[row, column] <= low:
            break
        paths.append(_linked(points, row, column, low))
    path = max(paths, key=len, default=np.empty((0, 2)))
    if len(path) < _FEWEST_POINTS:
        return None
    return 2.0 * path + 0.5 + np.array([window.column_px, window.row_px]), 0.0


def _linked(points: Plane, row: int, column: int, low: float) -> Points:
    """The ridge through one point, to both sides of it."""
    seed = points[row, column, 1:3].astype(np.float64)
    points[row, column, 0] *= -1.0
    halves = []
    for sign in (1.0, -1.0):
        half = np.empty((2 * sum(points.shape[:2]), 2))
        halves.append(half[: ridge.follow(points, row, column, sign, low, half)])
    return np.vstack((halves[1][::-1], seed[None], halves[0]))


def _fitted(scene: Scene, path: Points, least_ratio: float) -> Line | None:
    """Ends where the line's own profile has faded to half; width at half of its height."""
    head, path_and_on = lengthened(scene, path, _BEYOND_PX)
    planes = scene.band(path_and_on, _NOISE_REACH_PX + 10.0)
    seen = scene.seen(path, planes.shape[1])
    known = slice(head, head + len(path))
    found = _without_gaps(planes, known)
    if found is None:
        return None
    profile, match = found
    smooth = along(match, _ALONG_SIGMA_PX)
    middle = smooth.shape[1] // 2
    on = smooth[:, middle].astype(np.float64)
    first, last = longest_stretch(on, known)
    if last - first < _FEWEST_POINTS:
        return None
    noise = median_and_sigma(_beside(planes, seen)[::2, ::2])[1]
    ratio = float(np.abs(profile).max() / max(noise, 1e-6))
    trimmed = seen[len(profile) // 2 : len(seen) - len(profile) // 2]
    clear = _clearness(smooth[first:last], trimmed)
    if clear < _CLEAR or ratio < (least_ratio if clear < _STRIKING else _NARROWEST):
        return None
    half = _HALF * _usual(on[first:last])
    start, end = _crossing(on, first, -1, half), _crossing(on, last - 1, 1, half)
    widths, contrast = _widths(planes[first:last], profile)
    left, right = sides_px(planes[first:last], _NOISE_FROM_PX)
    width_px = right - left
    start, end = start - _TIP_SHARE * width_px - _TIP_PX, end + _TIP_SHARE * width_px + _TIP_PX
    index = np.arange(len(path_and_on))
    path_and_on = path_and_on + normals(path_and_on) * (left + right) / 2.0
    wanted = np.concatenate(([start], index[(index > start) & (index < end)], [end]))
    centreline = np.column_stack([np.interp(wanted, index, path_and_on[:, k]) for k in (0, 1)])
    return Line(
        centreline,
        width_px,
        width_px * float(widths.max() / np.median(widths)),
        contrast,
        ratio,
        _end_sd_px(smooth, trimmed),
    )


def _without_gaps(planes: Plane, known: slice) -> tuple[NDArray[np.float64], Plane] | None:
    """The line's own profile and how much of it is where; a gap says nothing about a profile."""
    inner = planes[known]
    profile = own_profile(inner, _NOISE_REACH_PX)
    match = matched(planes, profile)
    if match is None:
        return None
    on = along(match, _GAP_SIGMA_PX)[known, match.shape[1] // 2] > ON
    if on.all() or on.sum() < _FEWEST_POINTS:
        return profile, match
    profile = own_profile(inner[on], _NOISE_REACH_PX)
    match = matched(planes, profile)
    return None if match is None else (profile, match)


def _clearness(smooth: Plane, seen: NDArray[np.bool_]) -> float:
    """How many times clearer the line is than what lies beside and along it, such as grain."""
    return 1.0 / max(float(_beside(smooth.mean(axis=0, keepdims=True), seen).std()), 1e-6)


def _beside(smooth: Plane, seen: NDArray[np.bool_]) -> Plane:
    """What lies at all places that are clear of the line, and `seen`, if there are any.

    Beyond the picture's border is its mirror image, and in it the line's own.
    """
    apart = np.abs(np.arange(smooth.shape[1]) - smooth.shape[1] // 2)
    clear = apart > round(_NOISE_FROM_PX / STEP_PX)
    return smooth[:, clear & seen if (clear & seen).any() else clear]


def _end_sd_px(smooth: Plane, seen: NDArray[np.bool_]) -> float:
    """From how much the surface beside the line looks like the line, and how steeply it ends."""
    scatter = median_and_sigma(_beside(smooth, seen)[::2, ::2])[1]
    return scatter * _TAU_ROOT * float(np.hypot(_ALONG_SIGMA_PX, _BLUR_PX))


def _usual(on: NDArray[np.float64]) -> float:
    """How much of the profile is there, where any is: a gap's edges make a profile too weak."""
    there = on[on > _HALF]
    return float(np.median(there)) if there.size else 1.0


def _crossing(on: NDArray[np.float64], inside: int, step: int, half: float) -> float:
    """Where the match falls through `half`, outwards, nearest to this point."""
    here = inside
    while 0 < here < len(on) - 1 and on[here] < half:
        here -= step
    while 0 < here < len(on) - 1 and on[here + step] >= half:
        here += step
    outside = here + step
    if not 0 <= outside < len(on):
        return float(here)
    fall = float(on[here] - on[outside])
    return here + step * float(np.clip((on[here] - half) / max(fall, 1e-9), 0.0, 1.0))


def _widths(planes: Plane, profile: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Width at half height at every point, px, smoothed along; and the mean contrast."""
    reach = len(profile) // 2
    middle = planes.shape[1] // 2
    near = along(planes[:, middle - reach : middle + reach + 1], _WIDTH_SIGMA_PX)
    strong = np.abs(profile) > _HALF * np.abs(profile).max()
    contrast = float(near[:, strong].mean())
    size = np.abs(near)
    peak = size[:, strong].max(axis=1, keepdims=True)
    above = size > _HALF * peak
    above &= np.abs(np.arange(2 * reach + 1) - reach) <= np.flatnonzero(profile).size
    widths = above.sum(axis=1) * STEP_PX
    return np.maximum(widths, STEP_PX), contrast


def aspect(line: Line) -> float:
    """Length over width."""
    return path_length(line.centreline_px, closed=False) / max(line.width_px, 1.0)
