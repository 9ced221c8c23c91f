import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from inspectd.core.defect import DefectKind
from inspectd.core.recipe import Recipe
from inspectd.simulate.defects import GOOD, share_of_limit, true_defects, true_label
from inspectd.simulate.parts import draw_defect, random_part
from inspectd.simulate.render import PartSpec

RECIPE = Recipe()
BASE = PartSpec()


def parts(count: int, seed: int = 0) -> list[PartSpec]:
    rng = np.random.default_rng(seed)
    return [random_part(rng, BASE, RECIPE) for _ in range(count)]


def test_half_of_the_parts_are_good_and_the_rest_of_all_three_kinds() -> None:
    labels = Counter(true_label(part.defects, RECIPE) for part in parts(600))
    assert 260 < labels[GOOD] < 340
    assert all(60 < labels[kind] < 140 for kind in ("scratch", "dent", "stain"))


def test_no_random_defect_is_near_its_limit() -> None:
    shares = [share_of_limit(d, RECIPE) for part in parts(300) for d in part.defects]
    assert not [share for share in shares if 0.6 < share < 1.5]


def test_every_defect_is_whole_and_apart_from_the_others() -> None:
    for part in parts(300):
        for defect in part.defects:
            corners = np.asarray(defect.contour_mm())
            assert corners.min() > 0.0
            assert np.all(corners.max(axis=0) < [1224 * 0.05, 1024 * 0.05])
        if len(part.defects) > 1:
            first, second = part.defects
            gap = math.dist(first.centre_mm, second.centre_mm)
            assert gap > (first.diameter_mm + second.diameter_mm) / 2.0 + 2.0


def test_the_same_generator_state_gives_the_same_parts() -> None:
    assert parts(20, seed=3) == parts(20, seed=3) != parts(20, seed=4)


@pytest.mark.parametrize(
    ("kind", "limit"),
    [(DefectKind.SCRATCH, 5.0), (DefectKind.DENT, 2.0), (DefectKind.STAIN, 10.0)],
)
def test_a_defect_can_be_asked_for_at_its_very_limit(kind: DefectKind, limit: float) -> None:
    rng = np.random.default_rng(0)
    within = draw_defect(kind, limit, rng, (10.0, 10.0))
    beyond = draw_defect(kind, limit * 1.001, rng, (10.0, 10.0))
    assert true_label((within,), RECIPE) == GOOD
    assert true_label((beyond,), RECIPE) == kind.value
    assert true_label((within, beyond), RECIPE) == kind.value


def test_a_part_is_named_after_the_defect_farthest_beyond_its_limit() -> None:
    rng = np.random.default_rng(0)
    dent = draw_defect(DefectKind.DENT, 2.5, rng, (10.0, 10.0))
    stain = draw_defect(DefectKind.STAIN, 30.0, rng, (30.0, 30.0))
    assert true_label((dent, stain), RECIPE) == "stain"


def test_the_truth_repeats_the_size_that_was_asked_for() -> None:
    rng = np.random.default_rng(0)
    drawn = tuple(
        draw_defect(kind, 3.0, rng, (10.0, 10.0))
        for kind in (DefectKind.SCRATCH, DefectKind.DENT, DefectKind.STAIN)
    )
    scratch, dent, stain = true_defects(drawn)
    assert scratch.length_mm == dent.diameter_mm == stain.area_mm2 == 3.0
    assert stain.contour_mm == drawn[2].contour_mm()


def test_a_field_of_view_too_small_for_the_defects_is_refused() -> None:
    tiny = replace(BASE, width_px=40, height_px=40)
    # This seed's first part is a bad one.
    with pytest.raises(ValueError, match="enlarge the picture or the scale"):
        random_part(np.random.default_rng(2), tiny, RECIPE)


def test_a_defect_of_no_known_kind_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="other"):
        draw_defect(DefectKind.OTHER, 1.0, np.random.default_rng(0), (0.0, 0.0))
