"""One defect seen in several shots is one defect."""

import numpy as np

from inspectd.core.defect import Defect
from inspectd.core.recipe import Recipe
from inspectd.vision.decide import severity


def merged(defects: list[Defect], recipe: Recipe) -> list[Defect]:
    """The defects of all shots of a view, the worst first, each once.

    Two are the same where they are of one class, from different shots, and the middle of the
    lesser lies within the box around the worse; the worse is kept. Of different classes both are
    kept: whichever is right, the part gets the worse decision.
    """
    kept: list[Defect] = []
    for defect in sorted(defects, key=lambda defect: severity(defect, recipe), reverse=True):
        if not any(_same(defect, worse) for worse in kept):
            kept.append(defect)
    return kept


def _same(defect: Defect, worse: Defect) -> bool:
    if defect.kind is not worse.kind or defect.shot == worse.shot:
        return False
    middle = np.mean(defect.contour_mm, axis=0)
    around = np.asarray(worse.contour_mm)
    return bool(((around.min(axis=0) <= middle) & (middle <= around.max(axis=0))).all())
