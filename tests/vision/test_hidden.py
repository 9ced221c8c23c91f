"""hidden: what one tolerated defect hides of another."""

from dataclasses import replace

import pytest

from inspectd.core.calibration import Calibration
from inspectd.core.frame import Frame, View
from inspectd.core.job import Job
from inspectd.core.recipe import Recipe
from inspectd.core.verdict import Decision, ViewResult
from inspectd.simulate.defects import Defect, Dent, Scratch, Stain
from inspectd.simulate.render import PartSpec, render_part
from inspectd.simulate.surface import Surface
from inspectd.vision.inspect import inspect

MIDDLE = (10.0, 8.0)
DARKER = (0.7, 0.7, 0.7)
STAIN = Stain(MIDDLE, 9.0, (0.6, 0.62, 0.6))
SCRATCH = Scratch(MIDDLE, 4.0, 0.25, 0.02, 23.0, 0.0, DARKER)


def judged(surface: Surface, *defects: Defect, mm_per_px: float = 0.05) -> ViewResult:
    spec = PartSpec(surface, defects=defects, width_px=400, height_px=320, mm_per_px=mm_per_px)
    view = View((Frame(render_part(spec, 2), "main", 0),), "", simulated=True)
    return inspect(view, Job(Recipe(), Calibration.from_scale(mm_per_px)), lambda: 0)


@pytest.mark.parametrize("surface", Surface)
@pytest.mark.parametrize("diameter_mm", [2.2, 3.0])
def test_a_dent_under_a_tolerated_stain_does_not_pass(surface: Surface, diameter_mm: float) -> None:
    result = judged(surface, Dent(MIDDLE, diameter_mm, 0.05 * diameter_mm), STAIN)
    assert result.decision is Decision.REVIEW
    assert "something else may be hidden by it" in result.reasons[0].text


@pytest.mark.parametrize("surface", Surface)
def test_a_scratch_through_a_tolerated_stain_does_not_pass(surface: Surface) -> None:
    assert judged(surface, STAIN, replace(SCRATCH, length_mm=5.6)).decision is Decision.REVIEW


@pytest.mark.parametrize("surface", Surface)
@pytest.mark.parametrize("angle_deg", [0.0, 46.0, 92.0])
def test_a_dent_crossed_by_a_tolerated_scratch_does_not_pass(
    surface: Surface, angle_deg: float
) -> None:
    result = judged(surface, Dent(MIDDLE, 2.2, 0.1), replace(SCRATCH, direction_deg=angle_deg))
    assert result.decision in {Decision.REVIEW, Decision.FAIL}


@pytest.mark.parametrize("surface", Surface)
@pytest.mark.parametrize("defect", [STAIN, SCRATCH], ids=["stain", "scratch"])
def test_a_tolerated_defect_alone_passes(surface: Surface, defect: Defect) -> None:
    result = judged(surface, defect)
    assert result.decision is Decision.PASS
    assert not any(found.hides for found in result.defects)


def test_a_tolerated_stain_and_a_tolerated_scratch_apart_pass() -> None:
    apart = replace(SCRATCH, centre_mm=(15.0, 13.0))
    assert judged(Surface.PLASTIC, replace(STAIN, centre_mm=(6.0, 5.0)), apart).decision is (
        Decision.PASS
    )


@pytest.mark.parametrize("surface", Surface)
def test_a_stain_that_fills_much_of_the_picture_is_not_uneven(surface: Surface) -> None:
    result = judged(surface, replace(STAIN, centre_mm=(4.0, 3.2)), mm_per_px=0.02)
    assert not any(found.hides for found in result.defects)


@pytest.mark.parametrize("surface", Surface)
def test_a_dent_is_told_inside_a_stain_of_few_pixels(surface: Surface) -> None:
    middle = (20.0, 16.0)
    under = Dent(middle, 2.2, 0.1), replace(STAIN, centre_mm=middle)
    assert judged(surface, *under, mm_per_px=0.1).decision is Decision.REVIEW


@pytest.mark.parametrize(("area_mm2", "passes"), [(9.0, False), (2.0, True)])
def test_an_opaque_stain_passes_only_where_it_is_smaller_than_what_it_may_hide(
    area_mm2: float, passes: bool
) -> None:
    result = judged(Surface.CAST, Stain(MIDDLE, area_mm2, (0.15, 0.15, 0.15)))
    assert result.decision is (Decision.PASS if passes else Decision.REVIEW)
