"""Learning: the right kind of statistics, honest limits, and no odd part among the good ones."""

from dataclasses import replace

import numpy as np
import pytest
from support.taught import RECIPE, SCALE, good_parts, lesson, outlined, samples_of

from inspectd.core.errors import CalibrationError
from inspectd.core.frame import Pixels
from inspectd.core.job import Job
from inspectd.simulate.defects import Stain
from inspectd.simulate.render import PartSpec, render_part
from inspectd.simulate.surface import Surface
from inspectd.teach.learn import learn
from inspectd.teach.sample import sample


def fills_the_picture(count: int) -> list[Pixels]:
    spec = PartSpec(surface=Surface.CAST, width_px=320, height_px=256)
    return [render_part(spec, seed) for seed in range(count)]


def test_parts_with_an_outline_are_known_by_place() -> None:
    assert lesson().chosen == "place, on the part"
    assert lesson().shot.head.registration_limit is not None
    assert lesson().shot.head.focus is not None
    assert lesson().dropped == {}


def test_a_random_surface_is_known_as_a_whole() -> None:
    found = learn(samples_of(fills_the_picture(20)), 0.01)
    assert found.chosen in {"station", "picture"}
    assert found.shot.head.registration_limit is None
    assert found.shot.head.focus is None
    assert found.shot.mask.all()


def test_every_kind_that_could_be_is_tried_on_parts_held_out() -> None:
    tried = lesson().tried
    assert set(tried) == {"place, on the part", "place, on the picture", "picture", "station"}
    assert all(trial.shot.head.held_out_parts == 24 for trial in tried.values())
    assert tried["place, on the part"].smallest_defect < tried["picture"].smallest_defect / 10.0


def test_pictures_of_any_size_are_known_as_a_whole() -> None:
    sizes = [(256 + 8 * (n % 3), 320) for n in range(21)]
    parts = [
        render_part(PartSpec(surface=Surface.CAST, width_px=w, height_px=h), n)
        for n, (h, w) in enumerate(sizes)
    ]
    found = learn(samples_of(parts), 0.01)
    assert set(found.tried) == {"picture", "station"}
    assert found.shot.lightness.shape == (1, 1, 1)


def test_a_part_that_is_another_one_is_named_and_dropped() -> None:
    parts = good_parts(22, seed=2)
    spec = outlined(20.0)
    assert spec.outline is not None
    other = replace(spec, outline=replace(spec.outline, width_mm=7.0, height_mm=7.0))
    found = learn(samples_of([*parts, render_part(other, 5)]), 0.01)
    assert list(found.dropped) == ["22.png"]
    assert "likeness" in found.dropped["22.png"]


def test_a_bad_part_among_the_good_ones_is_named_and_dropped() -> None:
    parts = good_parts(22, seed=2)
    stained = replace(outlined(70.0), defects=(Stain((12.8, 10.5), 6.0, (0.4,) * 3, (), 0.1),))
    found = learn(samples_of([*parts, render_part(stained, 5)]), 0.01)
    assert "22.png" in found.dropped


def test_too_few_parts_are_told() -> None:
    with pytest.raises(CalibrationError, match="19 good parts given; at least 20"):
        learn(samples_of(fills_the_picture(19)), 0.01)


def test_one_part_seen_often_is_one_part() -> None:
    samples = [replace(one, group="same") for one in samples_of(fills_the_picture(20))]
    with pytest.raises(CalibrationError, match="1 good parts"):
        learn(samples, 0.01)


def test_a_picture_that_cannot_be_judged_is_not_learned_from() -> None:
    white = np.full((64, 64), 255, np.uint8)
    why = sample("white.png", "0", "main", white, Job(RECIPE, SCALE))
    assert isinstance(why, str)
    assert "full scale" in why


def test_parts_so_unlike_that_they_hide_every_stain_are_told() -> None:
    rng = np.random.default_rng(8)
    blotches = [
        np.kron(rng.integers(20, 235, (16, 20)), np.ones((16, 16))).astype(np.uint8)
        for _ in range(24)
    ]
    found = learn(samples_of(list(blotches)), 0.001)
    assert found.tried[found.chosen].blind
    assert not lesson().tried[lesson().chosen].blind
