"""A camera's lens: from many views of a target to intrinsics and distortion."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inspectd.core.calibration import Origin
from inspectd.core.errors import CalibrationError
from inspectd.core.lens import Lens
from inspectd_calibration.camera_file import LensFile
from inspectd_calibration.camera_fit import LensFit, Pose, fit_lens
from inspectd_calibration.camera_views import (
    Dropped,
    SeenView,
    check_sizes,
    drop_blurred,
    drop_strangers,
)
from inspectd_calibration.coverage import blank_zones, seen_share, views_over_field
from inspectd_calibration.detection import Detection

# OpenCV's camera calibration tutorial: "at least 10 test patterns".
FEWEST_VIEWS = 10
_LARGEST_RMS_PX = 1.0
_LEAST_SPREAD_DEG = 10.0
_LARGEST_FOCAL_UNCERTAINTY = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class CameraResult:
    """A lens and what is to be told about it.

    `used` are the views it rests on, in the order of `fit.poses`. `coverage`: by how many of them
    each cell of the picture is covered.
    """

    used: tuple[Detection, ...]
    fit: LensFit
    dropped: tuple[Dropped, ...]
    coverage: NDArray[np.int64]
    warnings: tuple[str, ...]

    @property
    def lens(self) -> Lens:
        """The lens."""
        return self.fit.lens

    @property
    def standard_uncertainties(self) -> dict[str, float]:
        """Of the lens's nine numbers, by their names."""
        deviations = np.sqrt(np.diag(self.fit.covariance)).tolist()
        return dict(zip(Lens.model_fields, deviations, strict=True))

    def lens_file(self, origin: Origin) -> LensFile:
        """What `inspectd calibrate plane` reads, sealed."""
        return LensFile(
            width_px=self.used[0].width_px,
            height_px=self.used[0].height_px,
            lens=self.fit.lens,
            covariance=tuple(tuple(row) for row in self.fit.covariance.tolist()),
            origin=origin,
        ).sealed()


def calibrate_camera(views: Sequence[SeenView], unseen: Sequence[Dropped] = ()) -> CameraResult:
    """Fit a lens to the views that belong together, and name the others.

    `unseen`: pictures in which the target was not found, for the count. CalibrationError where the
    views do not do, with the remedy.
    """
    check_sizes(views)
    sharp = drop_blurred(views)
    dropped = (*unseen, *sharp.dropped)
    check_count(len(sharp.kept), dropped)
    choice = drop_strangers(sharp.kept)
    dropped = (*dropped, *choice.dropped)
    check_count(len(choice.kept), dropped)
    fit = fit_lens(choice.kept)
    _check_error(fit)
    _check_spread(fit)
    _check_corners(fit.lens, choice.kept[0])
    coverage = views_over_field(choice.kept)
    return CameraResult(choice.kept, fit, dropped, coverage, _warnings(coverage))


def check_count(good: int, dropped: Sequence[Dropped]) -> None:
    """Refuse fewer than ten good views."""
    if good >= FEWEST_VIEWS:
        return
    said = "".join(f"; {drop.name} is left out: {drop.reason}" for drop in dropped)
    missing = FEWEST_VIEWS - good
    msg = (
        f"{good} good view{'s' * (good != 1)}, at least {FEWEST_VIEWS} are needed: take {missing} "
        f"more, the target tilted 20 to 45 degrees and also in the picture's corners{said}"
    )
    raise CalibrationError(msg)


def _check_error(fit: LensFit) -> None:
    """Refuse views that agree with nothing."""
    if fit.rms_px > _LARGEST_RMS_PX:
        msg = (
            f"no lens explains these {len(fit.poses)} views: the best leaves {fit.rms_px:.2f} px "
            f"(RMS), at most {_LARGEST_RMS_PX:g} px will do; are they all of one camera with one "
            "lens setting, is the target flat, and are its columns and rows right?"
        )
        raise CalibrationError(msg)


def _check_spread(fit: LensFit) -> None:
    """Refuse views whose planes are all parallel: they say nothing of the focal length.

    Zhang (2000), section 3.1 and appendix: a plane parallel to another adds no constraint.
    """
    spread_deg = normals_spread_deg(fit.poses)
    focal = np.array([fit.lens.focal_x_px, fit.lens.focal_y_px])
    uncertainty = float((np.sqrt(np.diag(fit.covariance)[:2]) / focal).max())
    if spread_deg < _LEAST_SPREAD_DEG or uncertainty > _LARGEST_FOCAL_UNCERTAINTY:
        msg = (
            f"the views are too much alike: the target's tilt differs by {spread_deg:.0f} degrees "
            f"only and the focal length is uncertain by {uncertainty:.1%}; tilt the target 20 to "
            "45 degrees, to the left, right, up and down, and take 10 or more new views"
        )
        raise CalibrationError(msg)


def normals_spread_deg(poses: Sequence[Pose]) -> float:
    """The largest angle between the normals of any two views' planes."""
    normals = np.array([pose.rotation[:, 2] for pose in poses])
    return float(np.degrees(np.arccos(np.clip((normals @ normals.T).min(), -1.0, 1.0))))


def _check_corners(lens: Lens, found: Detection) -> None:
    right, bottom = found.width_px - 1.0, found.height_px - 1.0
    corners = np.array([[0.0, 0.0], [right, 0.0], [0.0, bottom], [right, bottom]])
    if not np.isfinite(lens.undistorted(corners)).all():
        msg = (
            "the distortion that fits the views folds back before the picture's corners: take "
            "views in which the target reaches into the corners"
        )
        raise CalibrationError(msg)


def _warnings(coverage: NDArray[np.int64]) -> tuple[str, ...]:
    blank = blank_zones(coverage)
    if not blank:
        return ()
    msg = (
        f"the views cover {seen_share(coverage):.0%} of the picture, and hardly any of it at the "
        f"{', '.join(blank)}: there the distortion is a guess; add views with the target there"
    )
    return (msg,)
