"""The scales at which a surface is looked at: millimetres of a recipe in pixels of a camera."""

from inspectd.core.calibration import Calibration
from inspectd.core.recipe import Vision

# What the texture filters have supports for (`vision.texture`).
SHORTEST_PX, LONGEST_PX = 6.0, 40.0


def wavelengths_px(
    vision: Vision, calibration: Calibration, columns: int, rows: int
) -> tuple[float, ...]:
    """The recipe's Gabor wavelengths in pixels, at the middle of a picture of this size."""
    if not vision.wavelengths_mm:
        return (vision.wavelength_px,)
    mm_per_px = calibration.mm_per_px_at((columns - 1) / 2, (rows - 1) / 2)
    return tuple(wavelength_mm / mm_per_px for wavelength_mm in vision.wavelengths_mm)


def why_no_filter(vision: Vision, calibration: Calibration, columns: int, rows: int) -> str:
    """Which wavelength there is no filter for, and what would do; empty where all have one."""
    in_px = wavelengths_px(vision, calibration, columns, rows)
    for wavelength_mm, wavelength in zip(vision.wavelengths_mm, in_px, strict=False):
        if not SHORTEST_PX <= wavelength <= LONGEST_PX:  # nor where it is no number
            mm_per_px = wavelength_mm / wavelength
            return (
                f"wavelengths_mm: {wavelength_mm:g} mm is {wavelength:.1f} px here; allowed: "
                f"{SHORTEST_PX:g} to {LONGEST_PX:g} px, which is {SHORTEST_PX * mm_per_px:.3g} to "
                f"{LONGEST_PX * mm_per_px:.3g} mm"
            )
    return ""
