"""faint_dents: bowls that no pixel shows."""

import numpy as np
import pytest

from inspectd.core.calibration import Calibration
from inspectd.core.defect import DefectKind
from inspectd.core.frame import Frame, View
from inspectd.core.job import Job
from inspectd.core.recipe import Recipe
from inspectd.core.rules import DentRule
from inspectd.core.verdict import Decision, ViewResult
from inspectd.simulate.defects import Defect, Dent, Scratch, Stain
from inspectd.simulate.render import PartSpec, render_part
from inspectd.simulate.surface import Surface
from inspectd.vision.background import departure
from inspectd.vision.faint_dents import (
    FaintDent,
    faint_dents,
    with_faint_dents,
)
from inspectd.vision.inspect import inspect
from inspectd.vision.normalise import linearise
from inspectd.vision.shape import Shape

MM_PER_PX = 0.04
MIDDLE = (9.0, 7.0)
CIRCLE = FaintDent(100.0, 80.0, 20.0, 9.0, 0.95, 0.1)


def spec(*defects: Defect) -> PartSpec:
    return PartSpec(Surface.CAST, defects=defects, width_px=480, height_px=400, mm_per_px=MM_PER_PX)


def found(least_px: float, *defects: Defect, seed: int = 3) -> list[FaintDent]:
    working = linearise(render_part(spec(*defects), seed), 1.0)
    return faint_dents(working, departure(working), least_px)


def judged(limit_mm: float, *defects: Defect) -> ViewResult:
    view = View((Frame(render_part(spec(*defects), 3), "main", 0),), "", simulated=True)
    recipe = Recipe(dent=DentRule(max_diameter_mm=limit_mm))
    return inspect(view, Job(recipe, Calibration.from_scale(MM_PER_PX)), lambda: 0)


@pytest.mark.parametrize("diameter_mm", [1.2, 2.4, 6.0])
def test_a_dent_is_found_on_a_rough_surface_where_it_is_and_as_large(diameter_mm: float) -> None:
    (dent,) = found(0.5 / MM_PER_PX, Dent(MIDDLE, diameter_mm, 0.045 * diameter_mm))
    middle = (dent.column_px * MM_PER_PX, dent.row_px * MM_PER_PX)
    assert middle == pytest.approx(MIDDLE, abs=0.1 * diameter_mm)
    assert 2.0 * dent.radius_px * MM_PER_PX == pytest.approx(diameter_mm, rel=0.1)


@pytest.mark.parametrize("seed", range(6))
def test_a_sound_rough_surface_has_none(seed: int) -> None:
    assert found(1.0 / MM_PER_PX, seed=seed) == []


def test_what_is_clearly_smaller_than_asked_for_is_none() -> None:
    assert found(1.2 / MM_PER_PX, Dent(MIDDLE, 1.2, 0.06)) == []


@pytest.mark.parametrize(
    "defect",
    [
        Stain(MIDDLE, 5.0, (0.6, 0.62, 0.6)),
        Scratch(MIDDLE, 6.0, 0.3, 0.02, 30.0, 0.0, (0.6, 0.6, 0.6)),
        Scratch(MIDDLE, 4.0, 0.3, 0.03, 80.0, 0.0, (1.5, 1.5, 1.5)),
    ],
    ids=["stain", "dark scratch", "bright scratch"],
)
def test_a_stain_or_a_scratch_is_none(defect: Defect) -> None:
    assert found(1.0 / MM_PER_PX, defect) == []


@pytest.mark.parametrize("limit_mm", [0.6, 1.0, 2.0])
def test_a_dent_beyond_its_limit_does_not_pass_on_a_rough_surface(limit_mm: float) -> None:
    dent = Dent(MIDDLE, 1.15 * limit_mm, 0.055 * limit_mm)
    assert judged(limit_mm, dent).decision in {Decision.FAIL, Decision.REVIEW}


def test_what_lies_at_a_faint_dents_place_stays_in_the_list() -> None:
    stain = Shape(DefectKind.STAIN, CIRCLE.outline_px, None, -0.1)
    stain_and_dent = with_faint_dents([stain], [CIRCLE])
    assert [shape.kind for shape in stain_and_dent] == [DefectKind.STAIN, DefectKind.DENT]


def test_a_dent_of_the_list_is_not_listed_again_unless_it_is_larger() -> None:
    known = Shape(DefectKind.DENT, CIRCLE.outline_px, None, 0.1)
    assert with_faint_dents([known], [CIRCLE]) == [known]
    larger = FaintDent(100.0, 80.0, 25.0, 9.0, 0.95, 0.1)
    assert len(with_faint_dents([known], [larger])) == 2


def test_one_that_is_not_clear_is_an_anomaly_that_may_hold_a_dent() -> None:
    (shape,) = with_faint_dents([], [FaintDent(100.0, 80.0, 20.0, 6.0, 0.95, 0.1)])
    assert shape.kind is DefectKind.OTHER
    assert shape.hides


def test_a_picture_without_any_structure_has_none() -> None:
    working = linearise(np.full((120, 160), 90, np.uint8), 1.0)
    assert faint_dents(working, departure(working), 8.0) == []
