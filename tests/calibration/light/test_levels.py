import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from inspectd_calibration.levels import native_levels, unused_bits


@given(st.integers(8, 16), st.integers(0, 2**32 - 1))
def test_levels_come_back_from_the_upper_bits_of_the_container(bits: int, seed: int) -> None:
    levels = np.random.default_rng(seed).integers(0, 2**bits, (20, 20)).astype(np.uint16) | 1
    picture = (levels << (16 - bits)).astype(np.uint16)

    assert unused_bits(picture) == 16 - bits
    assert np.array_equal(native_levels(picture, unused_bits(picture)), levels)


def test_eight_bits_and_black_have_no_unused_bits() -> None:
    assert unused_bits(np.full((4, 4), 16, np.uint8)) == 0
    assert unused_bits(np.zeros((4, 4), np.uint16)) == 0
