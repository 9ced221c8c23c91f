"""The study of dents, small: it renders, judges and counts what it says."""

from dataclasses import replace

import pytest
from studies.dents import Judged, look, part, summary


def test_a_part_is_the_same_again_and_its_dent_is_measured() -> None:
    assert part(0, 8) == part(0, 8) != part(0, 9)
    seen = look(0, 8)
    assert seen.kind == "dent"
    assert seen.diameter_mm == pytest.approx(seen.size, abs=max(0.1, 0.03 * seen.size))


def test_the_figures_are_those_of_the_parts() -> None:
    dent = Judged(0, "cast", "dent", 2.0, "FAIL", ("dent",), 2.05, 0.06, 0.1, 0.09, 0.05)
    missed = replace(dent, kind="limit", found=("stain",), decision="PASS", diameter_mm=None)
    far = replace(dent, diameter_mm=2.2)
    good = Judged(1, "cast", "good", 0.0, "REVIEW", ("dent",))
    stain = Judged(2, "cast", "stain", 9.0, "PASS", ("stain", "dent"))
    told = summary([dent, missed, far, good, stain])

    assert told["dents"] == 3
    assert told["dents_seen"] == 2
    assert told["class_right"] == pytest.approx(2 / 3)
    assert told["covered"] == pytest.approx(0.5)
    assert told["limit_passed"] == 1
    assert told["good_failed"] == 0
    assert told["good_not_passed"] == 1
    assert told["others_with_dent"] == 1
