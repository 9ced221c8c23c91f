import cv2
from hypothesis import given
from hypothesis import strategies as st

from inspectd.vision.kernels import gabor
from inspectd.vision.texture import RADII


@given(size=st.integers(2, 60), index=st.integers(-80, 140))
def test_borders_are_mirrored_as_opencv_does_it(size: int, index: int) -> None:
    expected = cv2.borderInterpolate(index, size, cv2.BORDER_REFLECT_101)
    assert gabor._reflect.py_func(index, size) == expected
    assert gabor._reflect(index, size) == expected


def test_a_tile_and_both_its_halos_fit_a_line() -> None:
    assert gabor._TILE + 2 * max(RADII) <= gabor.STRIDE
