"""`inspectd teach`: good parts in, a reference out that check-config and inspect hold to."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from support import calibrate
from support.taught import good_parts, outlined
from typer.testing import Result

from inspectd.app import _configure
from inspectd.core.errors import CalibrationError, ConfigurationError
from inspectd.load import load_project
from inspectd.reference_file import read_reference
from inspectd.simulate.render import render_part
from inspectd.station.products import taught_reference

SETTINGS = """
recipe = "recipe.toml"
[[stations]]
name = "top"
calibration = "top.toml"
reference = "top.npz"
[stations.camera]
width_px = {width}
height_px = 420
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recipe, a calibration, pictures of good parts, and what they teach."""
    folder = tmp_path_factory.mktemp("teach")
    (folder / "recipe.toml").write_text('name = "plate"\n')
    (folder / "top.toml").write_text("homography = [0.05, 0, 0, 0, 0.05, 0, 0, 0, 1]\n")
    (folder / "good").mkdir()
    for number, pixels in enumerate(good_parts(20, seed=4)):
        cv2.imwrite(str(folder / "good" / f"{number}.png"), pixels)
    told = json.loads(teach(folder, folder / "good", "--json").stdout)
    (folder / "told.json").write_text(json.dumps(told))
    return folder


def teach(folder: Path, *arguments: object) -> Result:
    return calibrate.run(
        *("--recipe", folder / "recipe.toml", "--calibration", folder / "top.toml"),
        *("--station", "top", "--out", folder / "top.npz", *arguments),
        group="teach",
    )


def settings(folder: Path, text: str = SETTINGS, width: int = 512) -> Path:
    path = folder / "inspectd.toml"
    path.write_text(text.format(width=width))
    return path


def test_what_was_learned_is_told_and_stored(folder: Path) -> None:
    told = json.loads((folder / "told.json").read_text())
    reference = read_reference(folder / "top.npz")

    assert told["sha256"] == reference.head.sha256
    assert told["shots"]["main"]["chosen"] == "place, on the part"
    assert told["shots"]["main"]["held_out_parts"] == 20
    assert reference.head.station == "top"
    assert reference.head.recipe_name == "plate"
    assert len(reference.head.pictures) == 20
    assert (reference.head.width_px, reference.head.height_px) == (512, 420)


def test_a_project_takes_the_reference_up(folder: Path) -> None:
    project = load_project(settings(folder))
    assert project.product.taught["top"].head == read_reference(folder / "top.npz").head


def test_a_station_is_told_where_it_is_and_what_hash_it_must_have(folder: Path) -> None:
    project = load_project(settings(folder))
    configure = _configure(project, project.settings.stations[0])

    assert Path(configure.reference) == folder / "top.npz"
    assert taught_reference(configure.reference, configure.reference_sha256) is not None
    assert configure.reference_sha256 == project.product.taught["top"].head.sha256


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ('"top"\n', '"side"\n', "station top"),
        ("recipe.toml", "other.toml", "for recipe plate"),
        ('"top.toml"', '"moved.toml"', "another calibration"),
        ("width_px = {width}", "width_px = 640", "512 x 420 px"),
        ('reference = "top.npz"', 'reference = "none.npz"', "no such file"),
    ],
)
def test_a_project_that_it_was_not_taught_for_is_one_line(
    folder: Path, old: str, new: str, word: str
) -> None:
    (folder / "other.toml").write_text('name = "other"\n')
    (folder / "moved.toml").write_text("homography = [0.06, 0, 0, 0, 0.06, 0, 0, 0, 1]\n")
    path = settings(folder, SETTINGS.replace(old, new))

    with pytest.raises(ConfigurationError, match=word) as error:
        load_project(path)
    assert "\n" not in str(error.value)


def test_pictures_are_judged_with_it(folder: Path, tmp_path: Path) -> None:
    picture = tmp_path / "part.png"
    cv2.imwrite(str(picture), render_part(outlined(65.0), 8))
    judged = ("--recipe", folder / "recipe.toml", "--calibration", folder / "top.toml", "--json")
    (without,) = json.loads(calibrate.run(picture, *judged, group="inspect").stdout)
    taught = ("--reference", folder / "top.npz")
    (with_it,) = json.loads(calibrate.run(picture, *judged, *taught, group="inspect").stdout)

    assert without["decision"] != "PASS"
    assert with_it["decision"] == "PASS"
    assert with_it["measures"]["main/registration_score"] > 0.9


def test_pictures_are_not_judged_under_another_calibration(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match="another calibration: teach again"):
        calibrate.run(
            *(folder / "good" / "0.png", "--recipe", folder / "recipe.toml"),
            *("--mm-per-px", "0.06", "--reference", folder / "top.npz"),
            group="inspect",
        )


def test_too_few_pictures_are_told(folder: Path) -> None:
    with pytest.raises(CalibrationError, match="3 good parts given; at least 20"):
        teach(folder, *(folder / "good" / f"{number}.png" for number in range(3)))


def test_a_picture_that_is_white_is_named(folder: Path, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "white.png"), np.full((64, 64), 255, np.uint8))
    with pytest.raises(CalibrationError, match=r"white\.png: cannot be learned from"):
        teach(folder, tmp_path / "white.png")


def test_every_shot_of_the_recipe_is_asked_for(folder: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "two.toml"
    recipe.write_text('[[shots]]\nname = "left"\n[[shots]]\nname = "right"\n')
    with pytest.raises(ConfigurationError, match="plans the shots right too"):
        teach(folder, folder / "good", "--recipe", recipe)
    with pytest.raises(ConfigurationError, match="further shots of the recipe: right"):
        teach(folder, folder / "good", "--recipe", recipe, "--shot", "up=good")


@pytest.mark.parametrize(("out", "word"), [("top.toml", r"\*\.npz"), ("none/a.npz", "folder")])
def test_a_place_that_cannot_be_written_is_told_before_the_work(
    folder: Path, out: str, word: str
) -> None:
    with pytest.raises(ConfigurationError, match=word):
        teach(folder, folder / "good", "--out", folder / out)


def test_a_recipe_of_several_scales_is_not_taught(folder: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('name = "plate"\n[vision]\nwavelengths_mm = [0.4, 1.0]\n')
    with pytest.raises(ConfigurationError, match="one wavelength, but 2 stand there"):
        teach(folder, folder / "good", "--recipe", recipe)


def test_the_scale_of_a_recipe_is_taught_in_millimetres(folder: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('name = "plate"\n[vision]\nwavelengths_mm = [0.1]\n')
    with pytest.raises(CalibrationError, match="allowed: 6 to 40 px"):
        teach(folder, folder / "good", "--recipe", recipe)
    recipe.write_text('name = "plate"\n[vision]\nwavelengths_mm = [0.6]\n')
    teach(folder, folder / "good", "--recipe", recipe, "--out", tmp_path / "top.npz")


def test_a_reference_s_mistake_is_told_beside_those_of_other_files(folder: Path) -> None:
    text = SETTINGS.replace('"top.npz"', '"gone.npz"') + '[verification]\ngauge = "gone.toml"\n'
    with pytest.raises(ConfigurationError) as caught:
        load_project(settings(folder, text))
    assert [word in str(caught.value) for word in ("gone.npz", "gone.toml")] == [True, True]


def test_good_parts_that_bear_scratches_are_warned_of(folder: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    for number in range(20):
        part = cv2.blur(rng.integers(100, 130, (420, 512), dtype=np.uint8), (2, 2))
        x, y = (int(v) for v in rng.integers(120, 300, 2))
        cv2.line(part, (x, y), (x + 90, y + 40), 60, 4)
        cv2.imwrite(str(tmp_path / f"{number}.png"), part)

    told = teach(folder, tmp_path, "--out", tmp_path / "bad.npz")

    assert "scratches will PASS" in " ".join(told.output.split())
