"""Taught statistics: a picture against what is known, not against itself."""

from dataclasses import replace

import numpy as np
import pytest
from support.taught import (
    RECIPE,
    good_parts,
    judged,
    lesson,
    outlined,
    reference,
    samples_of,
    sealed,
)

from inspectd.core.frame import Pixels
from inspectd.core.verdict import Decision
from inspectd.simulate.defects import Scratch
from inspectd.simulate.render import render_part
from inspectd.teach.learn import how_unusual, learn
from inspectd.teach.pool import for_station
from inspectd.vision.statistics import (
    faint_lines,
    in_recipe_units,
    see,
    taught_departure,
    texture_scores,
)


def test_nothing_is_unusual_beside_the_part() -> None:
    (one,) = samples_of([render_part(outlined(40.0), 9)])
    shot = reference().shots["main"]
    seen = see(one.planes, shot)
    assert seen.inside is not None
    outside = seen.inside == 0
    assert not texture_scores(one.energy, shot, seen)[outside].any()
    assert not taught_departure(one.planes, None, shot, seen).difference[:, outside].any()


def test_the_taught_limit_is_the_recipe_s_threshold() -> None:
    shot = reference().shots["main"]
    limit = np.full((2, 2), shot.head.texture_limit, np.float32)
    found = in_recipe_units(limit, shot, RECIPE.vision)
    assert found == pytest.approx(RECIPE.vision.texture_threshold)


def test_half_and_twice_the_light_score_alike() -> None:
    shot = reference().shots["main"]
    largest = [
        how_unusual(samples_of([render_part(outlined(40.0, level=level), 9)])[0], shot)
        for level in (0.23, 0.45, 0.88)
    ]
    limits = [shot.head.texture_limit, shot.head.line_limit, *shot.head.departure_limits]
    assert all((values < limits).all() for values in largest)


def test_a_faint_line_on_the_part_is_told_from_the_part_s_own_edges() -> None:
    shot = reference().shots["main"]
    scratch = Scratch((12.8, 10.5), 8.0, 0.2, 0.001, 30.0, 0.0, (0.85, 0.85, 0.85))
    for defects, lines in (((scratch,), True), ((), False)):
        spec = replace(outlined(35.0), defects=defects)
        (one,) = samples_of([render_part(spec, 901)])
        assert bool(len(faint_lines(one.planes, shot, see(one.planes, shot)).score)) is lines


@pytest.mark.parametrize("kind", ["picture", "station"])
def test_parts_that_do_not_register_are_scored_by_brightness_alone(kind: str) -> None:
    samples = samples_of(good_parts(4, seed=3, turned=False))
    shot = for_station(samples, "picture" if kind == "picture" else "station")
    seen = see(samples[0].planes, shot)
    assert seen.inside is None
    assert seen.expected is None
    assert seen.gain == pytest.approx(1.0, abs=0.15)


def test_the_mask_is_the_part_without_its_holes() -> None:
    mask = lesson().shot.mask
    expected = 0.55 * 0.5  # of the picture, less the holes and the corners
    assert 0.85 * expected < mask.mean() < expected


def coloured(seed: int, angle_deg: float, level: float, blue: float = 0.45) -> Pixels:
    """An orange plate."""
    spec = replace(outlined(angle_deg, level=level), pixel_format="BGR8")
    return np.asarray(render_part(spec, seed) * (blue, 0.7, 1.0), dtype=np.uint8)


def test_a_part_of_one_colour_passes_in_any_light_and_of_another_never() -> None:
    rng = np.random.default_rng(3)
    parts = [coloured(n, rng.uniform(-180.0, 180.0), 0.45) for n in range(20)]
    taught = sealed({"main": learn(samples_of(parts), 0.001)})
    for level in (0.23, 0.45, 0.85):
        assert judged(coloured(50, 70.0, level), taught).decision is Decision.PASS
        assert judged(coloured(51, 70.0, level, 0.6), taught).decision is not Decision.PASS
