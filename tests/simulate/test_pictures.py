from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from inspectd_drivers.basler import make_camera

from inspectd.core.camera import CameraSettings, PixelFormat
from inspectd.core.errors import ConfigurationError
from inspectd.core.recipe import Recipe, Shot
from inspectd.simulate.defects import GOOD, Dent
from inspectd.simulate.light import LIGHTS
from inspectd.simulate.picture_set import PictureSet
from inspectd.simulate.pictures import render_pictures
from inspectd.simulate.render import PartSpec, render_part

SMALL = PartSpec(width_px=200, height_px=160)
DENTED = replace(SMALL, defects=(Dent((5.0, 4.0), 3.0, 0.12),))
TWO_SHOTS = Recipe(shots=(Shot(name="top", light="diffuse"), Shot(name="a-side", light="north")))

Quiet = Callable[[], None]


def show(pictures: PictureSet) -> list[np.ndarray]:
    """What pylon's camera emulator makes of the whole folder."""
    camera = make_camera(
        CameraSettings(
            emulated=True,
            trigger_source="Software",
            pictures=str(pictures.folder),
            width_px=pictures.width_px,
            height_px=pictures.height_px,
            pixel_format=pictures.pixel_format,
        )
    )
    camera.open()
    try:
        shown = []
        for _ in range(len(pictures.parts) * len(pictures.shots)):
            camera.fire()
            grab = camera.retrieve(5_000)
            assert grab is not None
            assert grab.pixels is not None, grab.failure
            shown.append(grab.pixels)
        return shown
    finally:
        camera.close()


@pytest.mark.parametrize("pixel_format", ["Mono8", "BGR8"])
def test_the_emulated_camera_shows_every_shot_bit_for_bit_and_in_order(
    tmp_path: Path, no_progress: Quiet, pixel_format: PixelFormat
) -> None:
    parts = [replace(part, pixel_format=pixel_format) for part in (SMALL, DENTED)]
    pictures = render_pictures(tmp_path, parts, TWO_SHOTS, 5, no_progress)
    expected = [
        render_part(replace(part, light=LIGHTS[light]), 5 + index)
        for index, part in enumerate(parts)
        for light in ("diffuse", "north")
    ]
    assert all(np.array_equal(*pair) for pair in zip(show(pictures), expected, strict=True))


def test_the_truth_comes_with_the_pictures(tmp_path: Path, no_progress: Quiet) -> None:
    pictures = render_pictures(tmp_path, [SMALL, DENTED], Recipe(), 0, no_progress)
    assert [part.label for part in pictures.parts] == [GOOD, "dent"]
    assert pictures.parts[1].defects[0].diameter_mm == 3.0
    assert pictures.parts[1].mm_per_px == 0.05
    # The emulator takes every file for a picture: nothing else may lie there.
    assert sorted(path.name for path in pictures.folder.iterdir()) == [
        "part_000001_01_main.bmp",
        "part_000002_01_main.bmp",
    ]


def test_a_second_set_replaces_the_first(tmp_path: Path, no_progress: Quiet) -> None:
    render_pictures(tmp_path, [SMALL] * 3, TWO_SHOTS, 0, no_progress)
    second = render_pictures(tmp_path, [SMALL], Recipe(), 0, no_progress)
    assert len(list(second.folder.iterdir())) == 1


def test_every_finished_part_is_told(tmp_path: Path) -> None:
    told: list[None] = []
    render_pictures(tmp_path, [SMALL] * 4, TWO_SHOTS, 0, lambda: told.append(None))
    assert len(told) == 4


def test_a_light_that_is_not_simulated_is_named(tmp_path: Path, no_progress: Quiet) -> None:
    recipe = Recipe(shots=(Shot(name="main", light="uv"),))
    with pytest.raises(ConfigurationError, match='"uv" is not simulated: choose one of diffuse'):
        render_pictures(tmp_path, [SMALL], recipe, 0, no_progress)


@pytest.mark.parametrize("other", [{"width_px": 100}, {"pixel_format": "BGR8"}])
def test_parts_of_different_pictures_are_refused(
    tmp_path: Path, no_progress: Quiet, other: dict[str, object]
) -> None:
    odd = PartSpec(**{"width_px": 200, "height_px": 160, **other})  # type: ignore[arg-type] # keywords by name
    with pytest.raises(ConfigurationError, match="one picture size"):
        render_pictures(tmp_path, [SMALL, odd], Recipe(), 0, no_progress)


def test_more_than_8_bits_do_not_become_8_in_silence(tmp_path: Path, no_progress: Quiet) -> None:
    deep = replace(SMALL, pixel_format="Mono12")
    with pytest.raises(ConfigurationError, match="choose Mono8 or BGR8, found Mono12"):
        render_pictures(tmp_path, [deep], Recipe(), 0, no_progress)


def test_a_folder_with_other_peoples_files_is_left_alone(
    tmp_path: Path, no_progress: Quiet
) -> None:
    (tmp_path / "pictures").mkdir()
    precious = tmp_path / "pictures" / "holiday.bmp"
    cv2.imwrite(str(precious), np.zeros((4, 4), dtype=np.uint8))
    with pytest.raises(ConfigurationError, match=r"holiday\.bmp is none of our pictures"):
        render_pictures(tmp_path, [SMALL], Recipe(), 0, no_progress)
    assert precious.exists()


def test_a_place_that_cannot_hold_pictures_is_one_clear_line(
    tmp_path: Path, no_progress: Quiet
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="choose another folder"):
        render_pictures(tmp_path / "file", [SMALL], Recipe(), 0, no_progress)
