"""inspect with a reference: what stands on the part stands there wherever the part lies."""

import math
from dataclasses import replace

import numpy as np
import pytest
from support.taught import RECIPE, SCALE, judged, outlined, reference

from inspectd.core.frame import Frame, Pixels, Points, View
from inspectd.core.job import Job
from inspectd.core.placement import IN_PLACE
from inspectd.core.recipe import Recipe
from inspectd.core.rules import Zone
from inspectd.core.verdict import Decision
from inspectd.simulate.defects import Scratch
from inspectd.simulate.render import render_part
from inspectd.station.threads import Threads
from inspectd.vision.inspect import inspect

MIDDLE_MM = np.array([12.8, 10.5])
FROM_MIDDLE_MM = np.array([2.0, 1.5])


def scratched(turn_deg: float, seed: int) -> Pixels:
    """The part, turned, with a scratch that turns with it."""
    turn = math.radians(turn_deg)
    matrix = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    x, y = MIDDLE_MM + matrix @ FROM_MIDDLE_MM
    scratch = Scratch((x, y), 6.0, 0.3, 0.03, turn_deg, 0.0, (0.6, 0.6, 0.6))
    return render_part(replace(outlined(turn_deg), defects=(scratch,)), seed)


def on_part(turn_deg: float) -> Points:
    """The middle of the scratch, in the part's own millimetres."""
    result = judged(scratched(turn_deg, 5))
    assert result.decision is Decision.FAIL
    contour = np.array(result.defects[0].contour_mm)
    return np.asarray(result.placement.to_part(contour).mean(axis=0, keepdims=True))


@pytest.mark.parametrize("turn_deg", [20.0, -75.0, 170.0])
def test_a_zone_lies_on_the_part_however_the_part_lies(turn_deg: float) -> None:
    ((x, y),) = on_part(100.0)
    assert on_part(turn_deg)[0] == pytest.approx((x, y), abs=0.2)
    square = ((x - 3.6, y - 3.6), (x + 3.6, y - 3.6), (x + 3.6, y + 3.6), (x - 3.6, y + 3.6))
    recipe = Recipe(zones=(Zone(name="ignored", polygon_mm=square, ignore=True),))
    result = judged(scratched(turn_deg, 6), recipe=recipe)
    assert result.decision is Decision.PASS, result.reasons


def test_a_long_scratch_that_a_hole_splits_does_not_pass() -> None:
    scratch = Scratch((7.33, 12.07), 8.0, 0.3, 0.03, 71.69, 0.0, (0.6, 0.6, 0.6))
    result = judged(render_part(replace(outlined(-60.23), defects=(scratch,)), 339))
    assert max(defect.length_mm for defect in result.defects) < RECIPE.scratch.max_length_mm
    assert result.decision is Decision.REVIEW


def test_a_part_that_nobody_knows_lies_in_place() -> None:
    frame = Frame(scratched(20.0, 5), "main", 1)
    view = View((frame,), "", simulated=True)
    assert inspect(view, Job(RECIPE, SCALE), lambda: 0).placement is IN_PLACE


def test_two_threads_judge_a_taught_part_to_the_last_bit_as_one() -> None:
    view = View((Frame(scratched(33.0, 7), "main", 1),), "", simulated=True)
    job = Job(RECIPE, SCALE, reference=reference())
    threads = Threads(2)
    try:
        assert inspect(view, job, lambda: 0, threads) == inspect(view, job, lambda: 0)
    finally:
        threads.close()
