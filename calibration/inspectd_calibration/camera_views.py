"""Which views of a target belong together: those that do not are named, with the reason."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inspectd.core.errors import CalibrationError
from inspectd.core.lens import Lens
from inspectd_calibration.camera_fit import fit_lens, fit_pose, rms
from inspectd_calibration.detection import Detection
from inspectd_calibration.plane_fit import fit_plane

_SUBSETS = 20
_SUBSET = 6
_ROUNDS = 10
# The scatter of the views' errors, as standard deviation of their logarithm: measured on real
# views 0.2. Less is luck, and more than 0.4 is what the strangers among them make of it.
_LEAST_SCATTER, _MOST_SCATTER = 0.2, 0.4
_FAR_OUT = 3.5
# A view this good is never a stranger, however much better the others are.
_GOOD_PX = 0.1
# Measured on real views: below 1.4, where strangers are among them; strangers above 2.
_MISFIT = 1.6
_WHOSE = "is it of this camera, this lens setting and this target?"
_MAD_TO_DEVIATION = 1.4826
_BLURRED_TIMES = 2.0
_BLURRED_PX = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class SeenView:
    """A target that was found in a picture, and how blurred its edges are there."""

    found: Detection
    blur_px: float


@dataclass(frozen=True, slots=True)
class Dropped:
    """A picture that was not used, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Fit:
    """A view's error, RMS px, with its pose before the lens; and with a free homography."""

    error_px: float
    free_px: float


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """The views that belong together, and the others."""

    kept: tuple[Detection, ...]
    dropped: tuple[Dropped, ...]


def check_sizes(views: Sequence[SeenView]) -> None:
    """Refuse pictures of different size: they are not of one camera, or its AOI was changed."""
    sizes = Counter((view.found.width_px, view.found.height_px) for view in views)
    if len(sizes) <= 1:
        return
    width, height = sizes.most_common(1)[0][0]
    odd = [
        f"{view.found.name} ({view.found.width_px} x {view.found.height_px})"
        for view in views
        if (view.found.width_px, view.found.height_px) != (width, height)
    ]
    msg = (
        f"the pictures are of different size: most are {width} x {height} px, but not "
        f"{', '.join(odd)}; leave those out, or take all with one area of interest and binning"
    )
    raise CalibrationError(msg)


def drop_blurred(views: Sequence[SeenView]) -> Choice:
    """Drop views that are much more blurred than the others are."""
    if not views:
        return Choice((), ())
    usual_px = float(np.median([view.blur_px for view in views]))
    limit_px = max(_BLURRED_TIMES * usual_px, _BLURRED_PX)
    return Choice(
        tuple(view.found for view in views if view.blur_px <= limit_px),
        tuple(
            Dropped(
                view.found.name,
                f"blurred: its edges {view.blur_px:.1f} px, the others' {usual_px:.1f} px; hold "
                "the target still, and in focus",
            )
            for view in views
            if view.blur_px > limit_px
        ),
    )


def drop_strangers(found: Sequence[Detection]) -> Choice:
    """Drop views that do not fit a lens that fits most of the others.

    The lens to begin with is the one, of those of random subsets and of all views, for which the
    median view's error is least (P. J. Rousseeuw, "Least median of squares regression", JASA 79,
    1984): up to half of the views may be wrong. Then those that stand out are left out and the lens
    is fitted again, until nothing changes. A view stands out by its error: 3.5 deviations of the
    logarithm above the median, the deviation estimated from the median absolute one; or by its
    perspective: a free homography fits it much better than any pose before this lens does, so that
    its focal length or centre is another one.
    """
    fits = [_Fit(error, error) for error in _first_errors(found)]
    kept: list[Detection] = []
    for _ in range(_ROUNDS):
        reasons = _reasons(fits)
        fitting = [view for view, reason in zip(found, reasons, strict=True) if not reason]
        if fitting == kept or 2 * len(fitting) <= len(found):
            break
        kept = fitting
        lens = fit_lens(kept).lens
        fits = [_fit(lens, view) for view in found]
    dropped = tuple(
        Dropped(view.name, f"does not fit the others: {reason}; {_WHOSE}")
        for view, reason in zip(found, reasons, strict=True)
        if reason
    )
    if 2 * len(dropped) >= len(found):
        msg = (
            f"{len(dropped)} of {len(found)} views do not fit the others: are they all of one "
            "camera, with one lens setting, and of this target? take them anew"
        )
        raise CalibrationError(msg)
    return Choice(tuple(fitting), dropped)


def _first_errors(found: Sequence[Detection]) -> list[float]:
    """Every view's error, under the lens whose median error is least."""
    rng = np.random.default_rng(0)
    subsets = [
        list(found),
        *(
            [found[index] for index in rng.choice(len(found), _SUBSET, replace=False)]
            for _ in range(_SUBSETS if len(found) > _SUBSET else 0)
        ),
    ]
    tried = []
    for subset in subsets:
        try:
            lens = fit_lens(subset).lens
            tried.append([fit_pose(lens, view).rms_px for view in found])
        except CalibrationError:
            continue
    if not tried:
        msg = (
            f"no lens explains these {len(found)} views: look whether they are all of one camera "
            "and one target, and take them anew with the target tilted 20 to 45 degrees"
        )
        raise CalibrationError(msg)
    return min(tried, key=np.median)


def _fit(lens: Lens, view: Detection) -> _Fit:
    error_px = fit_pose(lens, view).rms_px
    try:
        return _Fit(error_px, rms(fit_plane(view, lens).residuals_px))
    except CalibrationError:
        # Too few points for a homography of their own: the error alone tells.
        return _Fit(error_px, error_px)


def _reasons(fits: Sequence[_Fit]) -> list[str]:
    """Why each view stands out; empty where it does not."""
    errors_px = np.array([fit.error_px for fit in fits])
    usual_px, limit_px = float(np.median(errors_px)), _limit(errors_px)
    return [_reason(fit, usual_px, limit_px) for fit in fits]


def _reason(fit: _Fit, usual_px: float, limit_px: float) -> str:
    if fit.error_px > limit_px:
        return f"its points are {fit.error_px:.2f} px off, the others' {usual_px:.2f} px"
    if fit.error_px > max(_MISFIT * fit.free_px, _GOOD_PX):
        return (
            "its perspective is that of another focal length or centre: its points are "
            f"{fit.error_px:.2f} px off, {fit.free_px:.2f} px if that is left free"
        )
    return ""


def _limit(errors_px: NDArray[np.float64]) -> float:
    logarithms = np.log(np.maximum(errors_px, np.finfo(float).tiny))
    usual = float(np.median(logarithms))
    scatter = _MAD_TO_DEVIATION * float(np.median(np.abs(logarithms - usual)))
    scatter = min(max(scatter, _LEAST_SCATTER), _MOST_SCATTER)
    return max(float(np.exp(usual + _FAR_OUT * scatter)), _GOOD_PX)
