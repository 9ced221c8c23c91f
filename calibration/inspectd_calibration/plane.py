"""The part's plane: from one picture of a target to a station's calibration."""

from dataclasses import dataclass

from inspectd.core.calibration import Calibration
from inspectd.core.errors import CalibrationError, ConfigurationError
from inspectd_calibration.camera_file import LensFile
from inspectd_calibration.camera_fit import fit_pose, rms
from inspectd_calibration.coverage import seen_share, views_over_field
from inspectd_calibration.detection import Detection
from inspectd_calibration.plane_checks import (
    check_distance,
    check_lens_everywhere,
    check_residuals,
    check_size,
    distortion_left,
    perspective_warnings,
    uncertain_where,
    uncertainty_warnings,
)
from inspectd_calibration.plane_fit import PlaneFit, fit_plane
from inspectd_calibration.plane_tilt import off_plane_slopes, working_distance_mm
from inspectd_calibration.plane_tilt import tilt_deg as tilt_without_lens
from inspectd_calibration.target import Target
from inspectd_calibration.uncertainty import (
    FLATNESS,
    LengthUncertainty,
    Variant,
    bent_sheets,
    flatness_variants,
    length_uncertainty,
    lens_variants,
    other_lenses,
    pitch_variant,
    point_variants,
    short_lengths,
    worst_at_places,
)

RULE_MM = 100.0
_LARGEST_ERROR_MM = 1.0
_LARGEST_UNCERTAINTY = 0.1
_SMALL_TARGET = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class PlaneResult:
    """A plane's calibration, not yet sealed, and what is to be told about it.

    `calibration` has the picture's size, homography, lens and uncertainty. `uncertainty` is of
    `short_lengths`. `tilt_deg`: of the plane against the picture; `distance_mm`: from the lens to
    where its axis meets the plane, None without a lens. `variants`: for `length_uncertainty`.
    """

    found: Detection
    target: Target
    fit: PlaneFit
    calibration: Calibration
    tilt_deg: float
    distance_mm: float | None
    seen_share: float
    variants: tuple[Variant, ...]
    uncertainty: LengthUncertainty
    warnings: tuple[str, ...]

    @property
    def rms_px(self) -> float:
        """Root mean square distance of the points from where they should be."""
        return rms(self.fit.residuals_px)

    @property
    def relative_at_places(self) -> dict[str, float]:
        """Expanded relative uncertainty of a short length at centre and corners."""
        return worst_at_places(self.uncertainty.relative)


def scaled_by_rule(target: Target, rule_mm: float) -> Target:
    """The target as it was printed: a ruler shows `rule_mm` for the sheet's 100 mm rule.

    ConfigurationError beyond 1 %: that sheet was scaled to the page.
    """
    stretch = rule_mm / RULE_MM
    if abs(rule_mm - RULE_MM) > _LARGEST_ERROR_MM:
        msg = (
            f"--rule-mm {rule_mm:g}: the sheet's 100 mm rule is off by {stretch - 1.0:+.1%}, "
            "more than a printer's error: print it again at 100 %, without fitting it to the page"
        )
        raise ConfigurationError(msg)
    changed = {"pitch_mm": target.pitch_mm * stretch}
    if target.marker_mm is not None:
        changed["marker_mm"] = target.marker_mm * stretch
    return target.model_copy(update=changed)


def calibrate_plane(
    found: Detection, target: Target, lens: LensFile | None, distance_mm: float | None = None
) -> PlaneResult:
    """Fit the plane that the target lies in, and reckon what a length is worth there.

    `lens` None: a lens without distortion worth naming, or a telecentric one. `distance_mm`: about
    how far the plane is from the camera: with a lens it is held against what the target's pitch
    says; without, it tells at which angles the target is seen. CalibrationError where the picture,
    the lens or the target do not do.
    """
    check_size(found, lens)
    check_lens_everywhere(found, lens)
    optics = None if lens is None else lens.lens
    fit = fit_plane(found, optics)
    check_residuals(found, fit)
    pose = None if optics is None else fit_pose(optics, found)
    if pose is not None and distance_mm is not None:
        check_distance(working_distance_mm(pose), distance_mm, target)
    slopes = off_plane_slopes(found, fit.calibration, pose, distance_mm)
    bent = bent_sheets(found, slopes, target.flatness_mm)
    others = [] if lens is None else other_lenses(lens.lens, lens.covariance_matrix)
    doubt = distortion_left(found, fit, optics, [*bent, *others])
    seen = seen_share(views_over_field([found]))
    variants = (
        *point_variants(fit.modes),
        *lens_variants(found, others),
        pitch_variant(fit.calibration, target.pitch_uncertainty_relative),
        *flatness_variants(bent, optics),
        *doubt.variants,
    )
    starts, ends = short_lengths(found.width_px, found.height_px)
    uncertainty = length_uncertainty(fit.calibration, variants, starts, ends)
    warnings = (
        *doubt.warnings,
        *perspective_warnings(fit, pose),
        *_warnings(target, seen, lens, distance_mm),
        *uncertainty_warnings(found, uncertainty),
    )
    return PlaneResult(
        found=found,
        target=target,
        fit=fit,
        calibration=_with_uncertainty(found, fit.calibration, uncertainty),
        tilt_deg=tilt_without_lens(found, fit.calibration) if pose is None else pose.tilt_deg,
        distance_mm=None if pose is None else working_distance_mm(pose),
        seen_share=seen,
        variants=variants,
        uncertainty=uncertainty,
        warnings=warnings,
    )


def _with_uncertainty(
    found: Detection, calibration: Calibration, uncertainty: LengthUncertainty
) -> Calibration:
    worst = float(uncertainty.relative.max())
    if worst > _LARGEST_UNCERTAINTY:
        msg = f"{found.name}: {uncertain_where(found, uncertainty)}"
        raise CalibrationError(msg)
    size = {"width_px": found.width_px, "height_px": found.height_px}
    return calibration.model_copy(update={**size, "length_uncertainty_relative": worst})


def _warnings(
    target: Target, seen: float, lens: LensFile | None, distance_mm: float | None
) -> list[str]:
    warnings = []
    if seen < _SMALL_TARGET:
        warnings.append(
            f"the target fills {seen:.0%} of the picture, and outside it nothing was measured: "
            "take a larger target"
        )
    if target.flatness_mm and lens is None and distance_mm is None:
        warnings.append(
            f"{FLATNESS}: reckoned as for a telecentric lens; with any other, give --distance-mm"
        )
    return warnings
