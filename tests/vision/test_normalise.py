import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from inspectd.core.errors import PictureError
from inspectd.core.fields import Fields
from inspectd.core.frame import Pixels
from inspectd.vision.kernels import lightness as kernels
from inspectd.vision.normalise import corrected_levels, linearise

SIDES = st.integers(8, 70)
GAMMAS = st.sampled_from([0.2, 0.45, 1.0, 2.2, 5.0])


def _noise(shape: tuple[int, ...], dtype: type[np.uint8 | np.uint16], seed: int = 1) -> Pixels:
    rng = np.random.default_rng(seed)
    if dtype is np.uint8:
        return rng.integers(0, 255, shape, dtype=np.uint8, endpoint=True)
    return rng.integers(0, 65_535, shape, dtype=np.uint16, endpoint=True)


def _means(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """By the binomial 1, 3, 3, 1 both ways, around each 2 x 2; the border is repeated."""
    rows, columns = linear.shape[0] // 2, linear.shape[1] // 2
    binomial = np.array([1, 3, 3, 1]) / 8
    smooth = cv2.sepFilter2D(
        linear, cv2.CV_64F, binomial, binomial, anchor=(1, 1), borderType=cv2.BORDER_REPLICATE
    )
    return np.asarray(smooth[: 2 * rows : 2, : 2 * columns : 2], dtype=np.float64)


@given(rows=SIDES, columns=SIDES, seed=st.integers(0, 99))
def test_without_gamma_every_level_of_8_bits_is_kept(rows: int, columns: int, seed: int) -> None:
    pixels = _noise((rows, columns), np.uint8, seed)
    np.testing.assert_array_equal(linearise(pixels, 1.0).lightness, pixels)


@given(rows=SIDES, columns=SIDES, gamma=GAMMAS, dtype=st.sampled_from([np.uint8, np.uint16]))
def test_mono_follows_the_power_law_at_both_resolutions(
    rows: int, columns: int, gamma: float, dtype: type[np.uint8 | np.uint16]
) -> None:
    pixels = _noise((rows, columns), dtype)
    expected = (pixels / float(np.iinfo(dtype).max)) ** gamma
    picture = linearise(pixels, gamma)
    np.testing.assert_allclose(picture.lightness, 255 * expected, atol=0.51)
    np.testing.assert_allclose(picture.half, _means(expected), atol=1.0 / 65_535)


@given(rows=SIDES, columns=SIDES, gamma=GAMMAS)
def test_lightness_of_colour_is_the_luminance_of_linear_light(
    rows: int, columns: int, gamma: float
) -> None:
    pixels = _noise((rows, columns, 3), np.uint8)
    expected = (pixels / 255.0) ** gamma @ np.array([0.0722, 0.7152, 0.2126])
    picture = linearise(pixels, gamma)
    np.testing.assert_allclose(picture.lightness, 255 * expected, atol=0.52)
    np.testing.assert_allclose(picture.half, _means(expected), atol=4.0 / 65_535)


@given(gamma=GAMMAS)
def test_a_grey_picture_in_colour_is_the_same_picture_in_mono(gamma: float) -> None:
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    mono = linearise(grey, gamma)
    colour = linearise(np.dstack((grey, grey, grey)), gamma)
    np.testing.assert_array_equal(colour.lightness, mono.lightness)
    np.testing.assert_array_equal(colour.half, mono.half)


@given(rows=SIDES, columns=SIDES, dtype=st.sampled_from([np.uint8, np.uint16]))
def test_statistics_count_the_raw_levels_whatever_the_gamma(
    rows: int, columns: int, dtype: type[np.uint8 | np.uint16]
) -> None:
    pixels = _noise((rows, columns), dtype)
    full_scale = int(np.iinfo(dtype).max)
    for gamma in (1.0, 2.2):
        found = linearise(pixels, gamma).statistics
        assert found.mean_level == pytest.approx(pixels.mean() / full_scale)
        assert found.dark_fraction == pytest.approx((pixels < (full_scale + 1) // 64).mean())
        saturated_from = 255 if dtype is np.uint8 else 65_472
        assert found.saturated_fraction == pytest.approx((pixels >= saturated_from).mean())


@pytest.mark.parametrize("channel", [0, 1, 2])
def test_one_saturated_channel_saturates_a_pixel(channel: int) -> None:
    pixels = np.full((8, 8, 3), 100, np.uint8)
    pixels[0, 0, channel] = 255
    assert linearise(pixels, 1.0).statistics.saturated_fraction == 1 / 64


@pytest.mark.parametrize("channel", [0, 1, 2])
def test_a_pixel_of_colour_is_dark_only_where_all_channels_are(channel: int) -> None:
    pixels = np.full((8, 8, 3), 3, np.uint8)
    pixels[0, 0, channel] = 4
    assert linearise(pixels, 1.0).statistics.dark_fraction == 63 / 64


@pytest.mark.parametrize("white", [4_095 << 4, 1_023 << 6], ids=["Mono12", "Mono10"])
def test_less_than_16_bits_in_their_container_saturate(white: int) -> None:
    pixels = np.full((8, 8), white, np.uint16)
    assert linearise(pixels, 1.0).statistics.saturated_fraction == 1.0


def test_the_tallest_white_picture_overflows_no_sum() -> None:
    white = np.full((65_535, 8), 65_535, np.uint16)
    assert linearise(white, 1.0).statistics.mean_level == 1.0


def test_any_memory_layout_gives_the_same_picture_and_compiles_nothing_new() -> None:
    pixels = np.arange(2_400, dtype=np.uint16).reshape(40, 60)
    expected = linearise(pixels, 1.0)
    compiled = len(kernels.mono.signatures)
    read_only = pixels.copy()
    read_only.flags.writeable = False
    unaligned = np.frombuffer(b"\0" + pixels.tobytes(), np.uint16, offset=1).reshape(40, 60)
    strided = np.repeat(pixels, 2, axis=1)[:, ::2]
    for layout in (read_only, unaligned, strided, np.asfortranarray(pixels)):
        np.testing.assert_array_equal(linearise(layout, 1.0).half, expected.half)
    assert len(kernels.mono.signatures) == compiled


def test_the_caller_may_still_write_to_its_pixels() -> None:
    pixels = _noise((8, 8), np.uint8)
    linearise(pixels, 1.0)
    assert pixels.flags.writeable


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((16, 16, 4), np.uint8),
        np.zeros((16, 16, 3), np.uint16),
        np.zeros((16, 16, 1), np.uint8),
        np.zeros((16, 16), np.float32),
        np.zeros((16, 16), np.int16),
        np.zeros(256, np.uint8),
        np.zeros((2, 16, 16, 3), np.uint8),
    ],
    ids=lambda pixels: f"{pixels.dtype}{pixels.shape}",
)
def test_a_picture_that_no_camera_gives_is_refused_by_its_type(pixels: Pixels) -> None:
    with pytest.raises(PictureError, match=r"8 or 16 bit mono and 8 bit B, G, R"):
        linearise(pixels, 1.0)


@pytest.mark.parametrize("shape", [(1, 1), (7, 100), (100, 7, 3), (0, 0), (65_536, 8)])
def test_a_picture_with_a_side_out_of_range_is_refused_by_its_size(
    shape: tuple[int, ...],
) -> None:
    with pytest.raises(PictureError, match=r"each side must have 8 to 65535 px"):
        linearise(np.zeros(shape, np.uint8), 1.0)


def _made(shape: tuple[int, ...], full_scale_dn: int) -> Fields:
    rng = np.random.default_rng(5)
    dark = rng.uniform(0.0, 0.05 * full_scale_dn, shape).astype(np.float32)
    return Fields(dark, rng.uniform(0.7, 2.5, shape).astype(np.float32), full_scale_dn)


@given(
    rows=SIDES,
    columns=SIDES,
    gamma=st.sampled_from([1.0, 2.2, 5.0]),
    dtype=st.sampled_from([np.uint8, np.uint16]),
)
def test_dark_and_flat_field_are_undone_before_gamma(
    rows: int, columns: int, gamma: float, dtype: type[np.uint8 | np.uint16]
) -> None:
    pixels = _noise((rows, columns), dtype)
    fields = _made(pixels.shape, int(np.iinfo(dtype).max))
    expected = np.clip(fields.corrected(pixels) / fields.full_scale_dn, 0, 1).astype(float) ** gamma
    picture = linearise(pixels, gamma, fields.correction())
    # A gain is right to 1/8192, a level to 1/65535 and a gain's share of it.
    tolerance = 3e-4 * gamma
    np.testing.assert_allclose(picture.half, _means(expected), atol=tolerance)
    np.testing.assert_allclose(picture.lightness / 255, expected, atol=0.5 / 255 + tolerance)


@given(rows=SIDES, columns=SIDES)
def test_each_channel_of_colour_has_a_field_of_its_own(rows: int, columns: int) -> None:
    pixels = _noise((rows, columns, 3), np.uint8)
    fields = _made(pixels.shape, 255)
    levels = np.clip(fields.corrected(pixels) / 255, 0, 1)
    picture = linearise(pixels, 1.0, fields.correction())
    expected = levels.astype(np.float64) @ np.array([0.0722, 0.7152, 0.2126])
    np.testing.assert_allclose(picture.half, _means(expected), atol=3e-4)
    assert picture.colour is not None
    blocks = levels[: rows // 4 * 4, : columns // 4 * 4]
    means = blocks.reshape(rows // 4, 4, columns // 4, 4, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(picture.colour, means, atol=3e-4)
    whole = (slice(0, rows), slice(0, columns))
    found = corrected_levels(pixels, fields.correction(), whole)
    np.testing.assert_allclose(found, levels, atol=3e-4)


def test_fields_of_1_and_0_change_no_bit() -> None:
    pixels = _noise((40, 60), np.uint8)
    plain = Fields(np.zeros(pixels.shape, np.float32), np.ones(pixels.shape, np.float32), 255)
    corrected, expected = linearise(pixels, 1.0, plain.correction()), linearise(pixels, 1.0)
    np.testing.assert_array_equal(corrected.half, expected.half)
    np.testing.assert_array_equal(corrected.lightness, expected.lightness)


def test_statistics_are_of_the_raw_levels_whatever_the_fields() -> None:
    pixels = np.full((16, 16), 255, np.uint8)
    fields = Fields(np.full((16, 16), 20, np.float32), np.full((16, 16), 0.5, np.float32), 255)
    assert linearise(pixels, 1.0, fields.correction()).statistics.saturated_fraction == 1.0


@pytest.mark.parametrize(
    "pixels", [np.zeros((16, 18), np.uint8), np.zeros((16, 16), np.uint16)], ids=["size", "depth"]
)
def test_fields_of_another_camera_setting_are_refused(pixels: Pixels) -> None:
    correction = _made((16, 16), 255).correction()
    with pytest.raises(PictureError, match="do not fit"):
        linearise(pixels, 1.0, correction)


@given(rows=SIDES, columns=SIDES)
def test_the_quarter_is_the_mean_of_the_half(rows: int, columns: int) -> None:
    picture = linearise(_noise((rows, columns), np.uint8), 1.0)
    height, width = rows // 4, columns // 4
    means = picture.half[: 2 * height, : 2 * width].reshape(height, 2, width, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(picture.quarter, means, atol=1e-6)


@pytest.mark.parametrize("rows", [127, 128, 129, 130, 131, 132, 133, 257, 640])
@pytest.mark.parametrize("shape", [(40,), (40, 3)], ids=["mono", "colour"])
def test_strips_join_without_a_seam(
    rows: int, shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = _noise((rows, *shape), np.uint8)
    found = linearise(pixels, 2.2)
    monkeypatch.setattr("inspectd.vision.normalise._STRIP_ROWS", 65_536)
    whole = linearise(pixels, 2.2)
    assert found.statistics == whole.statistics
    for name in ("lightness", "half", "quarter"):
        np.testing.assert_array_equal(getattr(found, name), getattr(whole, name))
