"""A hole that was taught is there, whatever lies in it; a closed one is told."""

from dataclasses import replace

import numpy as np
import pytest
from support.taught import outlined, reference, samples_of, with_level

from inspectd.simulate.render import render_part
from inspectd.vision.holes import holes_unlike
from inspectd.vision.statistics import see


@pytest.mark.parametrize("factor", [0.5, 1.0, 1.9])
def test_holes_are_found_as_taught_at_any_angle_and_in_any_light(factor: float) -> None:
    for angle_deg in (0.0, 77.0, -140.0):
        (one,) = samples_of([render_part(with_level(outlined(angle_deg), factor), 6)])
        assert see(one.planes, reference().shots["main"]).holes_unlike == 0


def test_a_part_without_any_hole_lacks_all_of_them() -> None:
    spec = outlined(30.0)
    assert spec.outline is not None
    pixels = render_part(replace(spec, outline=replace(spec.outline, holes_mm=())), 6)
    (one,) = samples_of([pixels])
    assert see(one.planes, reference().shots["main"]).holes_unlike == 3


def test_a_part_that_was_taught_without_holes_lacks_none() -> None:
    shot = reference().shots["main"]
    whole = replace(shot, mask=np.ones_like(shot.mask))
    (one,) = samples_of([render_part(outlined(), 6)])
    seen = see(one.planes, shot)
    assert holes_unlike(one.planes[0], whole, seen.registered, seen.gain) == 0
