import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from inspectd_calibration.fields import (
    SMALLEST_PICTURES,
    Average,
    average,
    fields_bytes,
    make_fields,
    with_fields,
)
from numpy.typing import NDArray
from support.light_scenes import flat_field

from inspectd.core.calibration import Calibration
from inspectd.core.errors import CalibrationError
from inspectd.core.fields import Fields
from inspectd.core.frame import Pixels
from inspectd.simulate.sensor_series import LinearSensor

SENSOR = LinearSensor(12, 0.4, 2.3, 12_000.0, 20.0, dsnu_e=2.0, prnu=0.01)
SHAPE = (120, 160)
PATTERN = SENSOR.pattern(SHAPE, np.random.default_rng(1))
LIGHT = flat_field(*SHAPE)

Named = list[tuple[str, Pixels]]


def taken(electrons: NDArray[np.float64], count: int = SMALLEST_PICTURES, seed: int = 0) -> Named:
    rng = np.random.default_rng(seed)
    return [(f"{i}.png", SENSOR.expose(electrons, PATTERN, rng)) for i in range(count)]


@pytest.fixture(scope="module")
def dark() -> Average:
    return average(taken(0.0 * LIGHT), "dark")


@pytest.fixture(scope="module")
def fields(dark: Average) -> Fields:
    return make_fields(dark, average(taken(7000.0 * LIGHT, 16), "flat"))[0]


def test_a_corrected_picture_of_the_white_target_is_even(fields: Fields) -> None:
    raw = taken(5000.0 * LIGHT, 1, seed=9)[0][1]

    corrected = fields.corrected(raw)

    before, after = (raw.std() / raw.mean()), corrected.std() / corrected.mean()
    shot_noise = 1.0 / np.sqrt(5000.0)
    assert before > 0.1
    assert after < 1.5 * shot_noise
    assert np.median(fields.gain) == pytest.approx(1.0, abs=1e-4)


def test_a_corrected_dark_picture_is_zero(fields: Fields) -> None:
    corrected = fields.corrected(taken(0.0 * LIGHT, 1, seed=8)[0][1])

    assert corrected.mean() == pytest.approx(0.0, abs=1.0)


def test_the_report_tells_light_and_pattern(dark: Average) -> None:
    _, report = make_fields(dark, average(taken(7000.0 * LIGHT), "flat"))

    assert (report.dark_pictures, report.flat_pictures) == (8, 8)
    assert report.light.minimum_over_maximum == pytest.approx(
        LIGHT[:14, :18].mean() / LIGHT.max(), abs=0.05
    )
    assert report.prnu_percent == pytest.approx(1.0, rel=0.2)
    # DN of the 16-bit container, in which a 12-bit level is 16.
    assert report.dsnu_dn == pytest.approx(2.0 * 0.4 * 16.0, rel=0.2)
    assert (report.defects, report.remarks) == ((), ())


def test_a_defect_pixel_is_told_with_its_place_and_left_alone(dark: Average) -> None:
    flat = average(taken(7000.0 * LIGHT), "flat")
    broken = flat.mean_dn.copy()
    broken[50, 60] = dark.mean_dn[50, 60]

    made, report = make_fields(dark, replace(flat, mean_dn=broken))

    assert report.defects == ((60, 50),)
    assert "1 defect pixel(s) of the sensor" in report.remarks[0]
    assert "column 60, row 50:" in report.remarks[0]
    assert made.gain[50, 60] == pytest.approx(float(np.median(made.gain[48:53, 58:63])), rel=0.05)


def test_colour_pictures_are_corrected_channel_by_channel() -> None:
    rng = np.random.default_rng(2)

    def colour(level: float) -> Named:
        tint = np.array([0.5, 1.0, 0.8])
        light = 10.0 + level * LIGHT[:, :, None] * tint
        noisy = light + rng.normal(0.0, 1.0, (SMALLEST_PICTURES, *light.shape))
        pictures = np.clip(noisy, 0, 255).astype(np.uint8)
        return [(str(index), picture) for index, picture in enumerate(pictures)]

    made, _ = make_fields(average(colour(0.0), "dark"), average(colour(200.0), "flat"))
    corrected = made.corrected(colour(200.0)[0][1])

    assert np.median(made.gain, axis=(0, 1)) == pytest.approx([1.0, 1.0, 1.0], abs=1e-4)
    assert corrected.std(axis=(0, 1)).max() < 3.0


def saturated(named: Named) -> Named:
    return [(name, np.full_like(pixels, 65_520)) for name, pixels in named]


def one_larger(named: Named) -> Named:
    return [*named[:-1], ("last.png", np.pad(named[-1][1], 1).astype(np.uint16))]


def one_twice(named: Named) -> Named:
    return [named[0], *named[:-1]]


def flickering(named: Named) -> Named:
    return [*named[:-1], ("last.png", (named[-1][1] * 0.9).astype(np.uint16))]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (saturated, "shorten the exposure"),
        (one_larger, "last.png: 162 x 122 px.*the same settings"),
        (one_twice, "the same picture as the one before"),
        (flickering, "let the light warm up"),
        (lambda named: named[1:], "7 flat pictures: at least 8"),
        (lambda _: [], "0 flat pictures"),
    ],
)
def test_pictures_that_will_not_do_name_the_remedy(
    spoil: Callable[[Named], Named], message: str
) -> None:
    with pytest.raises(CalibrationError, match=message):
        average(spoil(taken(7000.0 * LIGHT)), "flat")


def test_black_dark_pictures_ask_for_the_black_level() -> None:
    with pytest.raises(CalibrationError, match="raise the BlackLevel"):
        average([(name, np.zeros_like(pixels)) for name, pixels in taken(LIGHT)], "dark")


def test_a_saturated_dark_picture_asks_for_the_cover() -> None:
    with pytest.raises(CalibrationError, match="cover the lens"):
        average(saturated(taken(LIGHT)), "dark")


@pytest.mark.parametrize(
    ("light", "message"),
    [
        (7000.0 * flat_field(*SHAPE, [(100.0, 40.0, 9.0, 0.1)]), "column 100, row 40.*clean lens"),
        (1000.0 * LIGHT, "lengthen the exposure"),
        (7000.0 * LIGHT * np.linspace(0.05, 1.0, SHAPE[1]), "centre the light"),
    ],
)
def test_dust_and_bad_light_are_refused_with_the_remedy(
    dark: Average, light: NDArray[np.float64], message: str
) -> None:
    with pytest.raises(CalibrationError, match=message):
        make_fields(dark, average(taken(light), "flat"))


def test_a_dark_field_with_light_in_it_is_refused() -> None:
    leak = average(taken(3000.0 * LIGHT), "dark")

    with pytest.raises(CalibrationError, match="cover the lens"):
        make_fields(leak, average(taken(9000.0 * LIGHT), "flat"))


@pytest.mark.parametrize("brightness", [0.03, 0.2, 0.45])
def test_light_in_a_part_of_the_dark_pictures_is_told_as_such(
    dark: Average, brightness: float
) -> None:
    flat = average(taken(7000.0 * LIGHT), "flat")
    leak = dark.mean_dn.copy()
    leak[60:70, 90:100] += brightness * float(np.median(flat.mean_dn))

    with pytest.raises(
        CalibrationError, match=r"light in the dark pictures: cover the lens.* \(1 "
    ):
        make_fields(replace(dark, mean_dn=leak), flat)


def test_hot_pixels_in_the_dark_pictures_are_no_light(dark: Average) -> None:
    flat = average(taken(7000.0 * LIGHT), "flat")
    hot = np.zeros(SHAPE)
    hot[20::40, 20::40] = 0.3 * float(np.median(flat.mean_dn))

    make_fields(
        replace(dark, mean_dn=dark.mean_dn + hot), replace(flat, mean_dn=flat.mean_dn + hot)
    )


def test_a_structured_target_is_refused(dark: Average) -> None:
    flat = average(taken(7000.0 * LIGHT), "flat")
    rough = flat.mean_dn.copy()
    rough[::7, ::7] *= 0.3

    with pytest.raises(CalibrationError, match="structured target"):
        make_fields(dark, replace(flat, mean_dn=rough))


def test_dark_and_flat_of_different_size_are_refused(dark: Average) -> None:
    flat = average(taken(7000.0 * LIGHT), "flat")
    cut = replace(flat, mean_dn=flat.mean_dn[:-2])

    with pytest.raises(CalibrationError, match="160 x 120 px, flat ones of 160 x 118"):
        make_fields(dark, cut)


def test_fields_of_another_size_correct_nothing(fields: Fields) -> None:
    with pytest.raises(CalibrationError, match="make the fields with the camera's present"):
        fields.corrected(np.zeros((100, 160), np.uint16))


def test_a_calibration_with_fields_is_sealed_anew(fields: Fields, tmp_path: Path) -> None:
    data = fields_bytes(fields)
    (tmp_path / "f.npz").write_bytes(data)
    bare = Calibration.from_scale(0.1).sealed()

    attached = with_fields(bare, tmp_path / "f.npz")

    assert attached.fields == "f.npz"
    assert attached.fields_sha256 == hashlib.sha256(data).hexdigest()
    assert attached.content_sha256 == attached.seal != bare.content_sha256
    assert Calibration.model_validate(attached.model_dump()) == attached


def test_fields_of_another_size_than_the_calibration_are_refused(
    fields: Fields, tmp_path: Path
) -> None:
    (tmp_path / "f.npz").write_bytes(fields_bytes(fields))
    sized = Calibration.from_scale(0.1).model_copy(update={"width_px": 640, "height_px": 480})

    with pytest.raises(CalibrationError, match="160 x 120 px do not fit"):
        with_fields(sized, tmp_path / "f.npz")
