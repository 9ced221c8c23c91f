import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inspectd_calibration.sphere import Sphere, find_sphere, light_direction
from numpy.typing import NDArray
from support.light_scenes import sphere_mask, sphere_picture

from inspectd.core.errors import CalibrationError
from inspectd.vision.decode import decode_picture

DATA = Path(os.environ.get("INSPECTD_DATA", Path(__file__).parents[4] / "shared" / "data"))
STEREO = DATA / "photometric_stereo"
SIZE, RADIUS = 201, 80.0


def angle_deg(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    cosine = np.dot(first, second) / np.linalg.norm(first) / np.linalg.norm(second)
    return math.degrees(math.acos(min(1.0, float(cosine))))


@settings(deadline=None, max_examples=40)
@given(st.floats(0.0, 360.0), st.floats(15.0, 90.0))
def test_the_light_is_found_where_it_stands(azimuth_deg: float, elevation_deg: float) -> None:
    azimuth, elevation = math.radians(azimuth_deg), math.radians(elevation_deg)
    flat = math.cos(elevation)
    true = np.array([flat * math.cos(azimuth), flat * math.sin(azimuth), math.sin(elevation)])

    found = light_direction(
        "a", sphere_picture(true, SIZE, RADIUS), find_sphere(sphere_mask(SIZE, RADIUS))
    )

    error = angle_deg(np.array(found.direction), true)
    assert error < 1.0
    assert error < found.uncertainty_deg
    assert np.linalg.norm(found.direction) == pytest.approx(1.0)
    assert found.elevation_deg == pytest.approx(elevation_deg, abs=1.0)


def test_the_published_sphere_gives_its_published_lights() -> None:
    if not STEREO.exists():
        pytest.skip(f"no pictures of the chrome sphere at {STEREO} (set INSPECTD_DATA)")
    truth = np.loadtxt(STEREO / "lights.txt", skiprows=1)
    sphere = find_sphere(decode_picture((STEREO / "chrome" / "mask.png").read_bytes()))

    errors = [
        angle_deg(
            np.array(
                light_direction(
                    str(index),
                    decode_picture((STEREO / "chrome" / f"{index}.png").read_bytes()),
                    sphere,
                ).direction
            ),
            true,
        )
        for index, true in enumerate(truth)
    ]

    assert len(errors) == 12
    assert np.median(errors) <= 3.0


@given(st.floats(20.0, 90.0))
def test_the_mask_s_disc_is_the_sphere(radius: float) -> None:
    sphere = find_sphere(sphere_mask(SIZE, radius))

    assert sphere.radius_px == pytest.approx(radius, abs=0.5)
    assert (sphere.column_px, sphere.row_px) == pytest.approx((100.0, 100.0), abs=0.1)


def square_mask() -> NDArray[np.uint8]:
    mask = np.zeros((SIZE, SIZE), np.uint8)
    mask[40:160, 40:160] = 255
    return mask


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.zeros((50, 50), np.uint8), "mask is black"),
        (sphere_mask(SIZE, 10.0), "use a larger sphere"),
        (square_mask(), "no whole disc"),
        (sphere_mask(SIZE, 80.0)[:, :130], "no whole disc"),
    ],
)
def test_a_mask_that_will_not_do_names_the_remedy(mask: NDArray[np.uint8], message: str) -> None:
    with pytest.raises(CalibrationError, match=message):
        find_sphere(mask)


LEFT, RIGHT = (-0.5, 0.2, 0.8), (0.5, 0.2, 0.8)


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        (np.where(sphere_mask(SIZE, RADIUS), 60, 0).astype(np.uint8), "no highlight stands out"),
        (
            np.maximum(sphere_picture(LEFT, SIZE, RADIUS), sphere_picture(RIGHT, SIZE, RADIUS)),
            "2 highlights of like size",
        ),
        (sphere_picture(LEFT, SIZE, RADIUS, sharpness=5.0), "use a small light far away"),
        (sphere_picture((0.95, 0.0, -0.9), SIZE, RADIUS), "would stand below the part"),
        (sphere_picture(LEFT, SIZE, RADIUS)[:120], "201 x 120 px, but the mask has 201 x 201"),
    ],
)
def test_a_picture_that_will_not_do_names_itself_and_the_remedy(
    picture: NDArray[np.uint8], message: str
) -> None:
    with pytest.raises(CalibrationError, match=f"lamp: .*{message}"):
        light_direction("lamp", picture, Sphere(100.0, 100.0, RADIUS, SIZE, SIZE))


def test_colour_and_grey_pictures_say_the_same() -> None:
    sphere = Sphere(100.0, 100.0, RADIUS, SIZE, SIZE)
    grey = sphere_picture(LEFT, SIZE, RADIUS)

    colour = light_direction("a", np.repeat(grey[:, :, None], 3, axis=2), sphere)

    assert colour == light_direction("a", grey, sphere)
