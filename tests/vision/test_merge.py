"""merged: one defect seen in several shots is listed once, nothing else is lost."""

import numpy as np

from inspectd.core.calibration import Calibration
from inspectd.core.defect import Defect, DefectKind
from inspectd.core.frame import Frame
from inspectd.core.recipe import Recipe
from inspectd.vision.measure import measure
from inspectd.vision.merge import merged
from inspectd.vision.shape import Shape

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
