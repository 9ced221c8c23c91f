"""Defects for tests of what is made of them."""

from inspectd.core.defect import Defect, DefectKind


def boxed(
    left_mm: float,
    top_mm: float,
    width_mm: float = 1.0,
    height_mm: float = 1.0,
    kind: DefectKind = DefectKind.SCRATCH,
    *,
    length_mm: float | None = None,
    uncertainty_mm: float = 0.1,
    shot: str = "main",
    cut: bool = False,
) -> Defect:
    """A defect with this box as its outline, and its sizes unless `length_mm` says otherwise."""
    longest = max(width_mm, height_mm) if length_mm is None else length_mm
    right_mm, bottom_mm = left_mm + width_mm, top_mm + height_mm
    return Defect(
        kind=kind,
        length_mm=longest,
        width_mm=min(width_mm, height_mm),
        diameter_mm=longest,
        area_mm2=width_mm * height_mm,
        depth_mm=None,
        uncertainty_mm=uncertainty_mm,
        area_uncertainty_mm2=uncertainty_mm,
        contrast=-0.2,
        shot=shot,
        contour_mm=(
            (left_mm, top_mm),
            (right_mm, top_mm),
            (right_mm, bottom_mm),
            (left_mm, bottom_mm),
        ),
        cut=cut,
    )
