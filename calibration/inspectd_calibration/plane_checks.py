"""What makes a picture of a plane doubtful or useless: size, residuals, distortion, distance."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inspectd.core.calibration import Calibration
from inspectd.core.errors import CalibrationError
from inspectd.core.lens import Lens
from inspectd_calibration.blur import Blur
from inspectd_calibration.camera_file import LensFile
from inspectd_calibration.camera_fit import Pose, rms
from inspectd_calibration.coverage import zone_at
from inspectd_calibration.detection import Detection
from inspectd_calibration.plane_fit import PlaneFit, fit_plane, neutral_lens
from inspectd_calibration.target import Target
from inspectd_calibration.uncertainty import (
    DISTORTION,
    FLATNESS,
    LENS,
    PITCH,
    POINTS,
    LengthUncertainty,
    Variant,
    short_lengths,
)

_LARGEST_RMS_PX = 1.0
_WORDS = re.compile(r"(\w+ \d+ x \d+), pitch (\d\S*) mm")  # `Target.words`
_ROUNDED = 1e-5  # of the pitch, there
_LARGEST_DISTANCE_ERROR = 0.1
# Distortion that is four times its standard uncertainty is there: by chance once in 16,000 times.
_SIGNIFICANT = 4.0
_DISTORTION_REFUSED = 0.001
_DISTORTION_TOLD = 0.0002
_RECTANGULAR = np.sqrt(3.0)
_PERSPECTIVE_MISFIT = 1.5
_UNCERTAINTY_TOLD = 0.005
# Measured on 29 sharp views with a real lens: 0.43 to 0.53 px.
_BLUR_TOLD_PX = 1.5
_MOTION_TIMES = 2.0
_REMEDIES = {
    POINTS: "take a sharp picture of a target that fills it",
    LENS: (
        "calibrate the camera again, with views whose target reaches there, or set the area of "
        "interest to where the parts are"
    ),
    PITCH: "measure the pitch, or take a target with a certificate",
    FLATNESS: "take a flatter target, and look at it more squarely",
    DISTORTION: "calibrate the lens, focused as it is now",
}


@dataclass(frozen=True, slots=True)
class Doubt:
    """Variants of the calibration that may be right as well, and what is to be said of them."""

    variants: tuple[Variant, ...] = ()
    warnings: tuple[str, ...] = ()


def check_size(found: Detection, lens: LensFile | None) -> None:
    """Refuse a lens that was calibrated on pictures of another size."""
    if lens is not None and (lens.width_px, lens.height_px) != (found.width_px, found.height_px):
        msg = (
            f"{found.name}: a picture of {found.width_px} x {found.height_px} px, but the lens was "
            f"calibrated on {lens.width_px} x {lens.height_px} px: set the camera to the same area "
            "of interest and binning, or calibrate the lens on such pictures"
        )
        raise CalibrationError(msg)


def check_lens_everywhere(found: Detection, lens: LensFile | None) -> None:
    """Refuse a lens that has no answer somewhere in the picture."""
    if lens is None:
        return
    everywhere = np.concatenate(short_lengths(found.width_px, found.height_px))
    if not np.isfinite(lens.lens.undistorted(everywhere)).all():
        msg = (
            f"{found.name}: the lens has no answer near the picture's edge: calibrate the camera "
            "again, with views whose target reaches into the corners"
        )
        raise CalibrationError(msg)


def uncertainty_warnings(found: Detection, uncertainty: LengthUncertainty) -> tuple[str, ...]:
    """Whether a length is uncertain by more than 0.5 % somewhere."""
    if float(uncertainty.relative.max()) <= _UNCERTAINTY_TOLD:
        return ()
    return (uncertain_where(found, uncertainty),)


def blur_warnings(blur: Blur) -> tuple[str, ...]:
    """Whether the target's edges are so blurred that the parts' edges will be, too."""
    if blur.largest_px <= _BLUR_TOLD_PX:
        return ()
    if blur.smallest_px and blur.largest_px > _MOTION_TIMES * blur.smallest_px:
        cause = "it moved, or the lens is tilted: hold it still, shorten the exposure"
    else:
        cause = "focus on the plane of the parts, close the aperture"
    msg = (
        f"the target's edges are {blur.largest_px:.1f} px soft (standard deviation; a sharp lens "
        f"gives about 0.5), and the parts' will be as soft: {cause}, and take it again"
    )
    return (msg,)


def uncertain_where(found: Detection, uncertainty: LengthUncertainty) -> str:
    """Where a length is most uncertain, why, and what to do about it."""
    worst = int(np.argmax(uncertainty.relative))
    starts, ends = short_lengths(found.width_px, found.height_px)
    column, row = ((starts + ends) / 2.0)[worst] / [found.width_px, found.height_px]
    by_source = {source: float(of[worst]) for source, of in uncertainty.by_source_mm.items()}
    source = max(by_source, key=lambda name: by_source[name])
    return (
        f"a length at the {zone_at(float(column), float(row))} of the picture is uncertain by "
        f"{uncertainty.relative[worst]:.1%}, mostly by the {source}: {_REMEDIES[source]}"
    )


def check_residuals(found: Detection, fit: PlaneFit) -> None:
    """Refuse a target that is no plane."""
    left_px = rms(fit.residuals_px)
    if left_px > _LARGEST_RMS_PX:
        msg = (
            f"{found.name}: the points are {left_px:.2f} px (RMS) from where they would be on a "
            "plane: lay the target flat, name the right --target, and give the --lens of this "
            "camera"
        )
        raise CalibrationError(msg)


def check_distance(seen_mm: float, distance_mm: float, target: Target) -> None:
    """Refuse a pitch that puts the plane elsewhere than it is."""
    ratio = seen_mm / distance_mm
    if abs(ratio - 1.0) > _LARGEST_DISTANCE_ERROR:
        msg = (
            f"with a pitch of {target.pitch_mm:g} mm the target would be {seen_mm:.0f} mm away, "
            f"not {distance_mm:g} mm: measure its pitch (about {target.pitch_mm / ratio:.3g} mm "
            "would fit) and correct --target, or correct --distance-mm"
        )
        raise CalibrationError(msg)


def distortion_left(
    found: Detection, fit: PlaneFit, lens: Lens | None, known: Sequence[Detection | Lens]
) -> Doubt:
    """Whether the residuals show distortion that the lens does not account for.

    One more radial coefficient is fitted. Where it is more than noise makes of it, and than what
    is `known` to be uncertain (`bent_sheets`, `other_lenses`), and changes a length by more than
    0.1 % somewhere in the picture, the calibration is refused; below that it is a doubt.
    """
    base = neutral_lens(found.width_px, found.height_px) if lens is None else lens
    freed = fit_plane(found, base, free_k1=True)
    more_k1, standard = _more_k1(freed)
    if abs(more_k1) <= _SIGNIFICANT * standard:
        return Doubt()
    by_others = [_more_k1(_freed(found, base, other))[0] - more_k1 for other in known]
    if abs(more_k1) <= _SIGNIFICANT * float(np.linalg.norm([standard, *by_others])):
        return Doubt()
    effect = _largest_change(found, fit.calibration, freed.calibration)
    if not effect <= _DISTORTION_REFUSED:
        raise CalibrationError(_distortion_said(found, lens, effect) + _remedy(lens))
    part = base.model_copy(update={"k1": base.k1 + more_k1 / _RECTANGULAR})
    variants = (Variant(DISTORTION, fit_plane(found, part).calibration),)
    told = effect > _DISTORTION_TOLD
    return Doubt(variants, (_distortion_said(found, lens, effect),) if told else ())


def check_pitch(lens: LensFile, target: Target) -> None:
    """Refuse a target of the lens's kind and grid, but with another pitch than it had there.

    `target`: as it is named, before `scaled_by_rule`. CalibrationError.
    """
    made, wanted = _WORDS.fullmatch(lens.origin.target), _WORDS.fullmatch(target.words)
    if made is None or wanted is None or made[1] != wanted[1]:
        return
    if not math.isclose(float(made[2]), float(wanted[2]), rel_tol=_ROUNDED):
        msg = (
            f"the lens was made with pitch {made[2]} mm, the plane says {wanted[2]} mm, for the "
            f"same {made[1]}: give --target with the right pitch (the printer's error is for "
            "--rule-mm), or calibrate the camera again with this target"
        )
        raise CalibrationError(msg)


def perspective_warnings(fit: PlaneFit, pose: Pose | None) -> tuple[str, ...]:
    """Whether the plane's perspective belongs to another focal length."""
    if pose is None or pose.rms_px <= _PERSPECTIVE_MISFIT * rms(fit.residuals_px):
        return ()
    msg = (
        "the target's perspective does not fit the lens's focal length, so tilt and distance are "
        "wrong: was the lens refocused or changed? calibrate the camera again"
    )
    return (msg,)


def _freed(found: Detection, lens: Lens, other: Detection | Lens) -> PlaneFit:
    if isinstance(other, Lens):
        return fit_plane(found, other, free_k1=True)
    return fit_plane(other, lens, free_k1=True)


def _more_k1(freed: PlaneFit) -> tuple[float, float]:
    assert freed.more_k1 is not None
    return freed.more_k1


def _largest_change(found: Detection, one: Calibration, other: Calibration) -> float:
    starts, ends = short_lengths(found.width_px, found.height_px)
    before = np.linalg.norm(one.to_mm(ends) - one.to_mm(starts), axis=1)
    after = np.linalg.norm(other.to_mm(ends) - other.to_mm(starts), axis=1)
    return float(np.max(np.abs(after / before - 1.0)))


def _distortion_said(found: Detection, lens: Lens | None, effect: float) -> str:
    which = "lens distortion" if lens is None else "distortion that the lens file does not know"
    return (
        f"{found.name}: the residuals show {which}: a length would be wrong by up to {effect:.2%}"
    )


def _remedy(lens: Lens | None) -> str:
    if lens is None:
        return "; calibrate the lens with `inspectd calibrate camera`, and give it as --lens"
    return "; is it this camera's lens, focused as it is now, and does the target lie flat?"
