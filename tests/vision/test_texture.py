import math
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from inspectd.commands.bench.compositions import Textbook
from inspectd.core.recipe import Vision
from inspectd.vision.normalise import linearise
from inspectd.vision.texture import RADII, Filters, anomaly, energy_within, gabor_energy, unusual

Map = NDArray[np.float32]

# As the recipe bounds them.
WAVELENGTHS = st.floats(6.0, 40.0)
ORIENTATIONS = st.sampled_from([4, 6, 8, 10, 12, 14, 16])
SIDES = st.integers(4, 90)


def _even(side: int) -> int:
    return side // 2 * 2


def _noise(rows: int, columns: int, seed: int = 1) -> Map:
    return np.random.default_rng(seed).random((rows, columns), dtype=np.float32)


def _dense_energy(half: Map, wavelength_px: float, orientations: int) -> NDArray[np.float64]:
    """The same by its definition: two-dimensional wavelets through cv2.filter2D, in float64.

    At every place where four pixels meet. What the halving has blurred is left out of the wavelet.
    """
    variance = (0.4 * wavelength_px) ** 2
    left = variance - 0.75
    wavelength = wavelength_px * left / variance / 2
    radius = next(radius for radius in RADII if 2 * radius >= wavelength_px)
    tap = np.arange(-radius, radius) + 0.5
    row, column = np.meshgrid(tap, tap, indexing="ij")
    envelope = np.exp(-(row**2 + column**2) / (2 * left / 4))
    shift = 0.5 / wavelength - 1 / wavelength_px
    passed = math.exp(-2 * math.pi**2 * (0.75 / wavelength_px**2 + left * shift**2))
    envelope *= 2 / passed / envelope.sum()
    best = np.zeros(half.shape)
    for k in range(orientations):
        theta = math.pi * k / orientations
        phase = math.tau / wavelength * (column * math.cos(theta) + row * math.sin(theta))
        wavelet = envelope * np.exp(1j * phase)
        wavelet -= envelope * (wavelet.sum() / envelope.sum())
        parts = [
            cv2.filter2D(
                half.astype(np.float64),
                cv2.CV_64F,
                np.ascontiguousarray(part),
                anchor=(radius - 1, radius - 1),
            )
            for part in (wavelet.real, wavelet.imag)
        ]
        best = np.maximum(best, np.hypot(*parts))
    return best


def _quarter(whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """What of it lies in the middle of a quarter-resolution pixel."""
    rows, columns = whole.shape
    return whole[: rows // 2 * 2 : 2, : columns // 2 * 2 : 2]


def _halved(picture: Map) -> Map:
    """As `normalise.linearise` does it."""
    binomial = np.array([1, 3, 3, 1]) / 8
    smooth = cv2.sepFilter2D(picture, cv2.CV_32F, binomial, binomial, anchor=(1, 1))
    return np.ascontiguousarray(smooth[::2, ::2], dtype=np.float32)


def _grating(angle: float, wavelength_px: float, amplitude: float) -> Map:
    row, column = np.mgrid[:240, :240]
    phase = math.tau / wavelength_px * (column * math.cos(angle) + row * math.sin(angle))
    grating: Map = (0.5 + amplitude * np.cos(phase)).astype(np.float32)
    return grating


@settings(deadline=None)  # the dense filters are slow
@given(rows=SIDES, columns=SIDES, wavelength_px=WAVELENGTHS, orientations=ORIENTATIONS)
@example(rows=4, columns=4, wavelength_px=40.0, orientations=16)
@example(rows=30, columns=639, wavelength_px=10.0, orientations=8)
@example(rows=30, columns=641, wavelength_px=40.0, orientations=8)
@example(rows=30, columns=1_281, wavelength_px=20.0, orientations=8)
@example(rows=30, columns=1_224, wavelength_px=10.0, orientations=8)
def test_energy_equals_that_of_the_dense_wavelets(
    rows: int, columns: int, wavelength_px: float, orientations: int
) -> None:
    half = _noise(rows, columns)
    expected = _quarter(_dense_energy(half, wavelength_px, orientations))
    found = gabor_energy(half, wavelength_px, orientations)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)


def test_every_wavelength_that_a_recipe_allows_has_a_filter() -> None:
    bounds = Vision.model_json_schema()["properties"]["wavelength_px"]
    for wavelength_px in (bounds["minimum"], bounds["maximum"]):
        assert np.isfinite(gabor_energy(_noise(8, 8), wavelength_px, 4)).all()


@given(level=st.floats(0.0, 1.0), wavelength_px=WAVELENGTHS, orientations=ORIENTATIONS)
def test_a_flat_picture_has_no_energy(
    level: float, wavelength_px: float, orientations: int
) -> None:
    flat = np.full((20, 30), level, np.float32)
    assert gabor_energy(flat, wavelength_px, orientations).max() < 1e-6


@pytest.mark.parametrize("orientation", range(8))
@pytest.mark.parametrize("wavelength_px", [8.0, 10.0, 20.0])
def test_a_grating_gives_its_amplitude_at_every_orientation(
    orientation: int, wavelength_px: float
) -> None:
    half = _halved(_grating(math.pi * orientation / 8, wavelength_px, 0.1))
    inside = gabor_energy(half, wavelength_px, 8)[20:40, 20:40]
    np.testing.assert_allclose(inside, 0.1, rtol=0.02)


@given(rows=SIDES.map(_even), columns=SIDES.map(_even), orientations=ORIENTATIONS)
def test_a_quarter_turn_of_the_picture_turns_the_energy(
    rows: int, columns: int, orientations: int
) -> None:
    half = _noise(rows, columns)
    turned = gabor_energy(np.ascontiguousarray(np.rot90(half)), 10.0, orientations)
    np.testing.assert_allclose(
        turned, np.rot90(gabor_energy(half, 10.0, orientations)), rtol=0, atol=1e-6
    )


def _fastest_s(work: Callable[[], object]) -> float:
    times = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


@pytest.fixture
def _opencv_uses_one_core() -> Iterator[None]:
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    yield
    cv2.setNumThreads(threads)


@pytest.mark.usefixtures("_opencv_uses_one_core")
@pytest.mark.parametrize("radius", RADII)
def test_the_separable_filters_are_several_times_faster_than_the_dense_ones(radius: int) -> None:
    half = _noise(512, 612)
    dense_s = _fastest_s(lambda: _dense_energy(half, 2.0 * radius, 8))
    # A loop that LLVM no longer vectorises loses more than the margin that is left here.
    assert _fastest_s(lambda: gabor_energy(half, 2.0 * radius, 8)) < dense_s / 5


def test_scores_of_noise_have_median_0_and_robust_deviation_1() -> None:
    scores = anomaly(gabor_energy(_noise(500, 700), 10.0, 8))
    assert np.median(scores) == pytest.approx(0.0, abs=0.02)
    assert np.median(np.abs(scores)) * 1.4826 == pytest.approx(1.0, abs=0.02)


def test_a_perfectly_flat_picture_scores_0() -> None:
    assert np.abs(anomaly(np.zeros((50, 60), np.float32))).max() == 0.0


def test_a_flat_picture_of_any_level_is_no_anomaly() -> None:
    for level in range(256):
        half = linearise(np.full((64, 64), level, np.uint8), 1.0).half
        assert np.abs(anomaly(gabor_energy(half, 10.0, 8))).max() < 0.01


def test_the_steps_of_a_slow_ramp_in_8_bits_are_no_anomaly() -> None:
    ramp = np.linspace(100.0, 103.0, 600).round().astype(np.uint8)
    half = linearise(np.tile(ramp, (100, 1)), 1.0).half
    scores = anomaly(gabor_energy(half, 10.0, 8))
    assert 1.0 < scores.max() < Vision().texture_threshold


def test_a_line_of_two_grey_levels_stands_out_of_a_flat_picture() -> None:
    pixels = np.full((200, 200), 128, np.uint8)
    pixels[:, 100:102] += 2
    scores = anomaly(gabor_energy(linearise(pixels, 1.0).half, 10.0, 8))
    assert np.isfinite(scores).all()
    assert scores[:, 25].min() > Vision().texture_threshold


def test_a_large_defect_does_not_hide_itself() -> None:
    half = 0.5 + 0.02 * (_noise(300, 300) - 0.5)
    half[:, 100:150] += _halved(_grating(0.0, 10.0, 0.2))[:1, :50] - 0.5
    scores = anomaly(gabor_energy(half, 10.0, 8))
    assert scores[10:140, 55:70].min() > 5 * Vision().texture_threshold


def test_what_one_of_several_wavelengths_finds_is_found() -> None:
    rng = np.random.default_rng(0)
    fine, coarse = (
        _halved((_grating(0.0, px, 0.1) + 0.01 * rng.normal(size=(240, 240))).astype(np.float32))
        for px in (8.0, 24.0)
    )
    half = np.hstack((0.5 + 0.01 * _noise(120, 400), fine[:, :20], coarse[:, :30]))
    together = unusual(half, Filters((8.0, 24.0), 8))
    for wavelength_px, at in ((8.0, 204), (24.0, 217)):
        alone = unusual(half, Filters((wavelength_px,), 8))
        assert (together >= alone).all()
        assert together[30, at] > Vision().texture_threshold


@given(part=st.tuples(*[st.integers(0, 60)] * 2, *[st.integers(20, 60)] * 2))
def test_energy_of_a_part_at_its_own_resolution_is_that_of_the_whole(
    part: tuple[int, int, int, int],
) -> None:
    half = _noise(124, 124)
    row, column, height, width = part
    rows, columns = slice(row, row + height), slice(column, column + width)
    found = energy_within(half, rows, columns, Filters((10.0,), 8))
    # The dense filters answer where four pixels meet.
    corners = _dense_energy(half, 10.0, 8)
    expected = cv2.boxFilter(corners, cv2.CV_64F, (2, 2), anchor=(1, 1))[rows, columns]
    inside = (slice(max(0, 1 - row), None), slice(max(0, 1 - column), None))
    np.testing.assert_allclose(found[inside], expected[inside], rtol=0, atol=1e-6)


@given(columns=st.integers(200, 1_500))
def test_samples_fall_into_all_columns_whatever_the_width(columns: int) -> None:
    energy = np.zeros((600, columns), np.float32)
    energy[:, ::3] = 1.0
    # A third of the picture is 1: the median must see the two thirds that are 0.
    assert anomaly(energy)[:, 1].max() == 0.0


DATA = Path(os.environ.get("INSPECTD_DATA", Path(__file__).parents[3] / "shared" / "data"))


@pytest.mark.parametrize(
    "folder",
    [
        "magnetic_tile/test/crack",
        "magnetic_tile/test/uneven",
        "steel_strip/test/patches",
        "steel_strip/test/scratches",
    ],
)
def test_on_real_pictures_the_map_is_that_of_the_dense_filters_at_full_resolution(
    folder: str,
) -> None:
    photographs = sorted((DATA / folder).glob("*.jpg"))[:3]
    if not photographs:
        pytest.skip(f"no photographs at {DATA / folder} (set INSPECTD_DATA)")
    for path in photographs:
        pixels = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        assert pixels is not None
        rows, columns = (side // 4 * 4 for side in pixels.shape)
        textbook = Textbook(np.ascontiguousarray(pixels[:rows, :columns], dtype=np.uint8))
        for do in textbook.stages().values():
            do()
        ours = gabor_energy(linearise(textbook.pixels, 1.0).half, 10.0, 8)
        dense = cv2.resize(textbook.energy, ours.shape[::-1], interpolation=cv2.INTER_AREA)
        assert np.corrcoef(ours.ravel(), dense.ravel())[0, 1] > 0.98
