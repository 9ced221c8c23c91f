"""merged: one defect seen in several shots is listed once, nothing else is lost."""

from dataclasses import replace

import numpy as np

from inspectd.core.calibration import Calibration
from inspectd.core.defect import Defect, DefectKind
from inspectd.core.frame import Frame, Points
from inspectd.core.recipe import Recipe
from inspectd.vision.measure import measure
from inspectd.vision.merge import merged
from inspectd.vision.shape import Line, Shape

SQUARE = np.array([[100.0, 100.0], [140.0, 100.0], [140.0, 140.0], [100.0, 140.0]])


def seen(kind: DefectKind, shot: str, grown: float = 1.0, moved_px: float = 0.0) -> Defect:
    frame = Frame(np.zeros((400, 400), np.uint8), shot, 0)
    corners = 120 + (SQUARE - 120) * grown + moved_px
    return measure(Shape(kind, corners, None, 0.1), Calibration.from_scale(0.1), frame)


def test_of_the_same_defect_in_two_shots_the_worse_is_kept() -> None:
    small, large = seen(DefectKind.STAIN, "north"), seen(DefectKind.STAIN, "east", 1.2)
    assert merged([small, large], Recipe()) == [large]


def test_two_defects_of_one_shot_are_both_kept() -> None:
    both = [seen(DefectKind.STAIN, "north", 1.2), seen(DefectKind.STAIN, "north")]
    assert merged(both, Recipe()) == both


def test_defects_apart_are_both_kept() -> None:
    both = [seen(DefectKind.STAIN, "north", 1.2), seen(DefectKind.STAIN, "east", 1.0, 60.0)]
    assert merged(both, Recipe()) == both


def test_one_place_seen_as_two_classes_is_kept_as_both() -> None:
    found = merged([seen(DefectKind.STAIN, "north"), seen(DefectKind.DENT, "east")], Recipe())
    assert {defect.kind for defect in found} == {DefectKind.STAIN, DefectKind.DENT}


def test_the_worst_comes_first() -> None:
    stain, dent = seen(DefectKind.STAIN, "a"), seen(DefectKind.DENT, "a", 1.0, 80.0)
    assert merged([stain, dent], Recipe()) == [dent, stain]


def thin(centreline_px: Points) -> Line:
    return Line(centreline_px, 1.0, 1.0, 0.1, 9.0, 0.3)


def test_a_small_one_in_the_box_but_not_on_a_slanting_scratch_is_another() -> None:
    slanting = np.array([[100.0, 100.0], [300.0, 300.0], [299.0, 301.0], [99.0, 101.0]])
    frame = Frame(np.zeros((400, 400), np.uint8), "north", 0)
    scratch = measure(
        Shape(DefectKind.SCRATCH, slanting, thin(slanting[:2]), 0.1),
        Calibration.from_scale(0.1),
        frame,
    )
    piece = (slanting - 200.0) * 0.1 + 260.0
    small = measure(
        Shape(DefectKind.SCRATCH, piece, thin(piece[:2]), 0.1),
        Calibration.from_scale(0.1),
        replace(frame, shot="east"),
    )
    beside = replace(small, contour_mm=tuple((x + 3.0, y - 3.0) for x, y in small.contour_mm))
    assert merged([scratch, small], Recipe()) == [scratch]
    assert merged([scratch, beside], Recipe()) == [scratch, beside]


def test_of_two_the_one_that_is_worse_where_it_lies_is_kept() -> None:
    tolerated = seen(DefectKind.STAIN, "north", 0.7)
    cut = replace(seen(DefectKind.STAIN, "east", 0.6), cut=True)
    assert merged([tolerated, cut], Recipe()) == [cut]


def test_the_worst_in_its_zone_comes_first() -> None:
    zone = {
        "name": "face",
        "polygon_mm": [[9.0, 9.0], [15.0, 9.0], [15.0, 15.0], [9.0, 15.0]],
        "stain": {"max_area_mm2": 0.5},
    }
    recipe = Recipe.model_validate({"zones": [zone]})
    here, larger = seen(DefectKind.STAIN, "a", 0.5), seen(DefectKind.STAIN, "a", 1.2, 100.0)
    assert merged([larger, here], recipe) == [here, larger]
