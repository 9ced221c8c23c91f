import cv2
from hypothesis import given
from hypothesis import strategies as st

from inspectd.vision.kernels import gabor
from inspectd.vision.texture import RADII


@given(size=st.integers(2, 60), index=st.integers(-80, 140))
def test_borders_are_mirrored_as_opencv_does_it(size: int, index: int) -> None:
    expected = cv2.borderInterpolate(index, size, cv2.BORDER_REFLECT_101)
    assert gabor.reflected.py_func(index, size) == expected
    assert gabor.reflected(index, size) == expected


def test_every_halo_leaves_room_for_a_tile_in_a_line() -> None:
    assert all(gabor.LINE - radius > gabor.LINE // 2 for radius in RADII)
