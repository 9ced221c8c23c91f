"""Class and size of every defect that `simulate` draws, on every surface it knows."""

import math
import os
from pathlib import Path

import numpy as np
import pytest

from inspectd.core.calibration import Calibration
from inspectd.core.camera import PixelFormat
from inspectd.core.defect import Defect, DefectKind
from inspectd.core.frame import Frame, View
from inspectd.core.job import Job
from inspectd.core.recipe import Recipe
from inspectd.core.verdict import Decision, ViewResult
from inspectd.simulate.defects import Defect as Drawn
from inspectd.simulate.parts import draw_defect
from inspectd.simulate.render import PartSpec, render_part
from inspectd.simulate.surface import Surface
from inspectd.vision.decode import decode_picture
from inspectd.vision.inspect import inspect

MM_PER_PX = 0.05
DATA = Path(os.environ.get("INSPECTD_DATA", Path(__file__).parents[3] / "shared" / "data"))
SIZES = {DefectKind.SCRATCH: 8.0, DefectKind.DENT: 3.2, DefectKind.STAIN: 16.0}


def judged(pixels: np.ndarray, mm_per_px: float = MM_PER_PX) -> ViewResult:
    view = View((Frame(pixels, "main", 0),), "", simulated=True)
    return inspect(view, Job(Recipe(), Calibration.from_scale(mm_per_px)), lambda: 0)


def rendered(
    surface: Surface, *defects: Drawn, seed: int = 1, pixel_format: PixelFormat = "Mono8"
) -> np.ndarray:
    spec = PartSpec(
        surface=surface,
        defects=defects,
        width_px=800,
        height_px=600,
        mm_per_px=MM_PER_PX,
        pixel_format=pixel_format,
    )
    return render_part(spec, seed)


def size(defect: Defect | Drawn) -> float:
    match defect.kind:
        case DefectKind.SCRATCH:
            return defect.length_mm
        case DefectKind.DENT:
            return defect.diameter_mm
        case _:
            return defect.area_mm2


@pytest.mark.parametrize("surface", Surface)
@pytest.mark.parametrize("pixel_format", ["Mono8", "BGR8"])
@pytest.mark.parametrize("seed", [11, 12])
def test_a_sound_part_passes_without_defects(
    surface: Surface, pixel_format: PixelFormat, seed: int
) -> None:
    result = judged(rendered(surface, seed=seed, pixel_format=pixel_format))
    assert result.decision is Decision.PASS
    assert result.defects == ()


@pytest.mark.parametrize("surface", Surface)
@pytest.mark.parametrize("pixel_format", ["Mono8", "BGR8"])
@pytest.mark.parametrize("kind", SIZES)
@pytest.mark.parametrize("seed", [21, 22])
def test_a_defect_beyond_its_limit_is_named_measured_and_fails_the_part(
    surface: Surface, pixel_format: PixelFormat, kind: DefectKind, seed: int
) -> None:
    drawn = draw_defect(kind, SIZES[kind], np.random.default_rng(seed), (20.0, 15.0))
    result = judged(rendered(surface, drawn, seed=seed, pixel_format=pixel_format))
    (found,) = result.defects
    assert result.decision is Decision.FAIL
    assert found.kind is kind
    assert size(found) == pytest.approx(size(drawn), rel=0.05, abs=0.15)
    assert math.dist(np.mean(found.contour_mm, axis=0), drawn.centre_mm) < 1.0


@pytest.mark.parametrize("surface", Surface)
@pytest.mark.parametrize("kind", SIZES)
def test_a_defect_just_above_its_limit_never_passes(surface: Surface, kind: DefectKind) -> None:
    limits = {DefectKind.SCRATCH: 5.0, DefectKind.DENT: 2.0, DefectKind.STAIN: 10.0}
    drawn = draw_defect(kind, 1.03 * limits[kind], np.random.default_rng(5), (20.0, 15.0))
    result = judged(rendered(surface, drawn))
    assert result.decision in (Decision.FAIL, Decision.REVIEW)


def test_three_defects_of_three_classes_are_told_apart() -> None:
    rng = np.random.default_rng(8)
    places = ((10.0, 8.0), (30.0, 8.0), (20.0, 23.0))
    drawn = [
        draw_defect(kind, SIZES[kind], rng, place)
        for kind, place in zip(SIZES, places, strict=True)
    ]
    result = judged(rendered(Surface.BRUSHED, *drawn))
    assert {defect.kind for defect in result.defects} == set(SIZES)


@pytest.mark.parametrize("name", ["magnetic_tile/test/break", "magnetic_tile/test/crack"])
def test_photographed_damage_rarely_passes(name: str) -> None:
    folder = DATA / name
    if not folder.is_dir():
        pytest.skip(f"no photographs at {folder}")
    decisions = [
        judged(decode_picture(path.read_bytes()), 0.1).decision for path in sorted(folder.iterdir())
    ]
    assert decisions.count(Decision.PASS) <= len(decisions) // 10
