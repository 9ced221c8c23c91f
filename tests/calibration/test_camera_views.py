"""Views that do not belong to the others are named; those that do, stay."""

from dataclasses import replace

import numpy as np
import pytest
from inspectd_calibration.camera_views import (
    SeenView,
    check_sizes,
    drop_blurred,
    drop_strangers,
)
from inspectd_calibration.detection import Detection
from support.seen_targets import LENS, TARGET, seen, turned, views

from inspectd.core.errors import CalibrationError
from inspectd.core.lens import Lens

ZOOMED = LENS.model_copy(update={"focal_x_px": 1725.0, "focal_y_px": 1727.0})
MOVED = LENS.model_copy(update={"centre_x_px": 562.0})


def stranger(name: str, rng: np.random.Generator, lens: Lens = LENS, **changes: float) -> Detection:
    rotation = turned(30.0, rng.uniform(0.0, 360.0))
    return seen(rotation, (0.0, 0.0, 280.0), rng, lens=lens, name=name, **changes)  # type: ignore[arg-type] # floats only


@pytest.mark.parametrize("seed", range(3))
def test_views_of_one_camera_all_stay(seed: int) -> None:
    choice = drop_strangers(views(12, np.random.default_rng([5, seed])))

    assert len(choice.kept) == 12
    assert choice.dropped == ()


def test_views_of_another_lens_setting_or_another_target_are_named() -> None:
    rng = np.random.default_rng(6)
    other = TARGET.model_copy(update={"rows": 9, "pitch_mm": 10.0})
    bent = 1.5 * np.sin(other.points_mm[:, 0] / 25.0)
    wrong = [
        stranger("zoomed.png", rng, ZOOMED),
        stranger("moved.png", rng, MOVED),
        seen(turned(30.0, 20.0), (0, 0, 280.0), rng, name="bent.png", off_plane_mm=bent),
    ]
    choice = drop_strangers([wrong[0], *views(13, rng), *wrong[1:]])

    assert {drop.name for drop in choice.dropped} == {"zoomed.png", "moved.png", "bent.png"}
    assert len(choice.kept) == 13
    assert all("does not fit the others" in drop.reason for drop in choice.dropped)
    assert all("is it of this camera" in drop.reason for drop in choice.dropped)


def test_a_view_whose_points_are_blurred_away_is_named() -> None:
    rng = np.random.default_rng(7)
    choice = drop_strangers([*views(12, rng), stranger("noisy.png", rng, noise_px=0.5)])

    assert [drop.name for drop in choice.dropped] == ["noisy.png"]


def test_a_view_through_a_longer_lens_is_known_by_its_perspective_before_its_error_tells() -> None:
    rng = np.random.default_rng(13)
    longer = LENS.model_copy(update={"focal_x_px": 1530.0, "focal_y_px": 1532.0})
    noisy = views(12, rng, noise_px=0.2)
    choice = drop_strangers([*noisy, stranger("longer.png", rng, longer, noise_px=0.05)])

    assert [drop.name for drop in choice.dropped] == ["longer.png"]
    assert "its perspective is that of another focal length" in choice.dropped[0].reason


def test_strangers_that_are_more_than_a_third_do_not_hide_each_other() -> None:
    rng = np.random.default_rng(8)
    wrong = [stranger(f"zoomed{number}.png", rng, ZOOMED) for number in range(6)]
    choice = drop_strangers([*wrong, *views(12, rng)])

    assert {drop.name for drop in choice.dropped} == {found.name for found in wrong}


def test_views_of_which_half_do_not_fit_the_others_are_refused() -> None:
    rng = np.random.default_rng(9)
    wild = [stranger(f"wild{number}.png", rng, noise_px=3.0 + number) for number in range(10)]
    with pytest.raises(CalibrationError, match=r"1\d of 20 views do not fit the others"):
        drop_strangers([*wild, *views(10, rng)])


def test_a_view_that_is_much_more_blurred_than_the_others_is_named() -> None:
    found = views(5, np.random.default_rng(10))
    blurs = [0.5, 0.6, 0.5, 2.6, 0.7]
    choice = drop_blurred([SeenView(*both) for both in zip(found, blurs, strict=True)])

    assert [drop.name for drop in choice.dropped] == ["3.png"]
    assert "blurred: its edges 2.6 px, the others' 0.6 px" in choice.dropped[0].reason
    assert [view.name for view in choice.kept] == ["0.png", "1.png", "2.png", "4.png"]


def test_a_little_blur_is_no_reason() -> None:
    found = views(3, np.random.default_rng(11))
    choice = drop_blurred(
        [SeenView(view, blur) for view, blur in zip(found, [0.3, 0.3, 0.9], strict=True)]
    )

    assert choice.dropped == ()


def test_pictures_of_different_size_are_refused_and_the_odd_one_is_named() -> None:
    found = views(4, np.random.default_rng(12))
    odd = replace(found[2], width_px=1000)
    seen_views = [SeenView(view, 0.5) for view in (*found[:2], odd, found[3])]
    with pytest.raises(CalibrationError, match=r"most are 1024 x 768 px, but not 2\.png \(1000 x"):
        check_sizes(seen_views)
