import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inspectd_calibration.colour_space import (
    ciede2000,
    lab_to_linear_srgb,
    linear_srgb_to_lab,
    srgb_encoded,
)

# Sharma, Wu, Dalal (2005), table 1: two Lab colours and their difference.
SHARMA = np.array(
    [
        [50.0, 2.6772, -79.7751, 50.0, 0.0, -82.7485, 2.0425],
        [50.0, 3.1571, -77.2803, 50.0, 0.0, -82.7485, 2.8615],
        [50.0, 2.8361, -74.0200, 50.0, 0.0, -82.7485, 3.4412],
        [50.0, -1.3802, -84.2814, 50.0, 0.0, -82.7485, 1.0000],
        [50.0, -1.1848, -84.8006, 50.0, 0.0, -82.7485, 1.0000],
        [50.0, -0.9009, -85.5211, 50.0, 0.0, -82.7485, 1.0000],
        [50.0, 0.0, 0.0, 50.0, -1.0, 2.0, 2.3669],
        [50.0, -1.0, 2.0, 50.0, 0.0, 0.0, 2.3669],
        [50.0, 2.4900, -0.0010, 50.0, -2.4900, 0.0009, 7.1792],
        [50.0, 2.4900, -0.0010, 50.0, -2.4900, 0.0010, 7.1792],
        [50.0, 2.4900, -0.0010, 50.0, -2.4900, 0.0011, 7.2195],
        [50.0, 2.4900, -0.0010, 50.0, -2.4900, 0.0012, 7.2195],
        [50.0, -0.0010, 2.4900, 50.0, 0.0009, -2.4900, 4.8045],
        [50.0, -0.0010, 2.4900, 50.0, 0.0010, -2.4900, 4.8045],
        [50.0, -0.0010, 2.4900, 50.0, 0.0011, -2.4900, 4.7461],
        [50.0, 2.5, 0.0, 50.0, 0.0, -2.5, 4.3065],
        [50.0, 2.5, 0.0, 73.0, 25.0, -18.0, 27.1492],
        [50.0, 2.5, 0.0, 61.0, -5.0, 29.0, 22.8977],
        [50.0, 2.5, 0.0, 56.0, -27.0, -3.0, 31.9030],
        [50.0, 2.5, 0.0, 58.0, 24.0, 15.0, 19.4535],
        [50.0, 2.5, 0.0, 50.0, 3.1736, 0.5854, 1.0000],
        [50.0, 2.5, 0.0, 50.0, 3.2972, 0.0, 1.0000],
        [50.0, 2.5, 0.0, 50.0, 1.8634, 0.5757, 1.0000],
        [50.0, 2.5, 0.0, 50.0, 3.2592, 0.3350, 1.0000],
        [60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644],
        [63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.2630],
        [61.2901, 3.7196, -5.3901, 61.4292, 2.2480, -4.9620, 1.8731],
        [35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645],
        [22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373],
        [36.4612, 47.8580, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146],
        [90.8027, -2.0831, 1.4410, 91.1528, -1.6435, 0.0447, 1.4441],
        [90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381],
        [6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377],
        [2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082],
    ]
)
lab = st.tuples(st.floats(0, 100), st.floats(-100, 100), st.floats(-100, 100))


def test_the_published_differences_come_out_to_the_printed_digits() -> None:
    differences = ciede2000(SHARMA[:, :3], SHARMA[:, 3:6])

    assert np.round(differences, 4).tolist() == SHARMA[:, 6].tolist()


@given(lab, lab)
def test_a_difference_is_the_same_both_ways_and_zero_to_itself(
    first: tuple[float, float, float], second: tuple[float, float, float]
) -> None:
    one, two = np.array([first]), np.array([second])

    assert ciede2000(one, two) == pytest.approx(ciede2000(two, one), abs=1e-6)
    assert ciede2000(one, one) == pytest.approx(0.0, abs=1e-6)


@given(lab)
def test_lab_comes_back_from_linear_srgb(colour: tuple[float, float, float]) -> None:
    there = lab_to_linear_srgb(np.array([colour]))

    assert linear_srgb_to_lab(there)[0] == pytest.approx(colour, abs=1e-6)


def test_white_and_black_are_white_and_black() -> None:
    white, black = lab_to_linear_srgb(np.array([[100.0, 0.0, 0.0], [0.0, 0.0, 0.0]]))

    assert white == pytest.approx([1.0, 1.0, 1.0], abs=2e-4)
    assert black == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)


def test_the_primaries_of_srgb_have_their_published_lab_at_d50() -> None:
    # B. Lindbloom, "RGB working space information", sRGB adapted to D50 by Bradford.
    primaries = [[54.29, 80.81, 69.89], [87.82, -79.29, 80.99], [29.57, 68.30, -112.03]]

    assert linear_srgb_to_lab(np.eye(3)) == pytest.approx(np.array(primaries), abs=0.05)


@given(st.floats(8.0, 100.0))
def test_a_grey_s_lightness_is_that_of_cie_15(lightness: float) -> None:
    grey = lab_to_linear_srgb(np.array([[lightness, 0.0, 0.0]]))[0]

    assert grey == pytest.approx([((lightness + 16.0) / 116.0) ** 3] * 3, abs=2e-4)


def test_a_screen_gets_the_srgb_curve_and_no_impossible_levels() -> None:
    shown = srgb_encoded(np.array([[0.0, 0.001, 0.2140], [1.0, 1.5, -0.5]]))

    assert shown.ravel() == pytest.approx([0.0, 0.01292, 0.5, 1.0, 1.0, 0.0], abs=1e-3)
