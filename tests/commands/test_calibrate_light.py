"""`inspectd calibrate colour, lights` as a person uses them."""

import tomllib
from pathlib import Path

import numpy as np
import pytest
from inspectd_calibration.colour_chart import REFERENCE_LAB
from inspectd_calibration.colour_space import lab_to_linear_srgb
from support.calibrate import answered, run, write
from support.light_scenes import chart_picture, flat_field, sphere_mask, sphere_picture

from inspectd.commands.calibrate.artefacts import write_calibration
from inspectd.core.calibration import Calibration
from inspectd.core.errors import CalibrationError, ConfigurationError
from inspectd.load import load_calibration

LIGHT = flat_field(90, 120)
CHART = np.clip(lab_to_linear_srgb(REFERENCE_LAB), 0.0, None) * [0.5, 0.85, 0.6] + 0.02


def test_a_chart_gives_white_balance_and_matrix(tmp_path: Path) -> None:
    picture, _ = chart_picture(CHART, 10.0)
    chart, out = write(tmp_path / "chart.png", picture), tmp_path / "colour.toml"

    told = answered("colour", chart, "--out", out, "--report", tmp_path / "c.html")

    written = tomllib.loads(out.read_text())
    assert written["white_balance"] == told["white_balance"]
    assert told["white_balance"] == pytest.approx([0.85 / 0.5, 1.0, 0.85 / 0.6], rel=0.02)
    assert np.array(told["matrix"]) == pytest.approx(np.eye(3), abs=0.05)
    assert told["ciede2000_corrected"] < 1.0 < told["ciede2000_raw"]
    assert list(written["origin"]["pictures"]) == ["chart.png"]
    assert "data:image/png" in (tmp_path / "c.html").read_text()


def test_corners_do_where_the_chart_is_not_found(tmp_path: Path) -> None:
    picture, middles = chart_picture(CHART, 0.0)
    corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in middles[[0, 5, 23, 18]])

    result = run(
        "colour",
        write(tmp_path / "chart.png", picture),
        *("--corners", corners, "--out", tmp_path / "c.toml"),
    )

    assert "white balance and matrix" in result.stdout


def test_corners_in_the_wrong_order_are_told(tmp_path: Path) -> None:
    picture, middles = chart_picture(CHART, 0.0)
    corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in middles[[5, 0, 18, 23]])

    with pytest.raises(CalibrationError, match="wrong order"):
        run(
            "colour",
            write(tmp_path / "chart.png", picture),
            *("--corners", corners, "--out", tmp_path / "c.toml"),
        )


@pytest.mark.parametrize("corners", ["", "1,2", "1,2 3,4 5,6 7", "a,b c,d e,f g,h"])
def test_corners_that_are_none_are_refused(corners: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="write four pairs"):
        run("colour", tmp_path / "x.png", "--corners", corners, "--out", tmp_path / "c.toml")


def test_a_grey_picture_has_no_colour(tmp_path: Path) -> None:
    grey = write(tmp_path / "grey.png", np.full((60, 80), 100, np.uint8))

    with pytest.raises(CalibrationError, match="set PixelFormat to BGR8"):
        run("colour", grey, "--out", tmp_path / "c.toml")


@pytest.fixture
def sphere(tmp_path: Path) -> Path:
    folder = tmp_path / "sphere"
    write(folder / "mask.png", sphere_mask(121, 50.0))
    write(folder / "north.png", sphere_picture((0.0, 0.5, 0.8), 121, 50.0))
    write(folder / "east.png", sphere_picture((0.5, 0.0, 0.8), 121, 50.0))
    return folder


def test_a_sphere_gives_the_lights_by_name(sphere: Path, tmp_path: Path) -> None:
    white = tmp_path / "white"
    for name in ("north", "east"):
        write(white / f"{name}.png", (200.0 * LIGHT).astype(np.uint8))
    out, report = tmp_path / "lights.toml", tmp_path / "lights.html"
    mask = sphere / "mask.png"

    told = answered(
        "lights", sphere, "--mask", mask, "--out", out, "--white", white, "--report", report
    )

    written = tomllib.loads(out.read_text())
    assert [light["name"] for light in written["lights"]] == ["east", "north"]
    assert written["lights"] == told["lights"]
    east, north = written["lights"]
    assert east["azimuth_deg"] % 360.0 == pytest.approx(0.0, abs=1.0)
    assert north["azimuth_deg"] == pytest.approx(90.0, abs=1.0)
    assert 0.3 < north["minimum_over_mean"] < 1.0
    assert set(written["origin"]["pictures"]) == {"mask.png", "north.png", "east.png"}
    assert report.read_text().count("data:image/png") == 2


def test_lights_without_a_white_target_are_a_table(sphere: Path, tmp_path: Path) -> None:
    result = run("lights", sphere, "--mask", sphere / "mask.png", "--out", tmp_path / "l.toml")

    assert "north" in result.stdout
    assert "minimum_over_mean" not in (tmp_path / "l.toml").read_text()


@pytest.mark.parametrize(
    ("level", "message"), [(2, "lengthen the exposure"), (255, "shorten the exposure")]
)
def test_a_white_target_too_dark_or_too_bright_is_told(
    level: int, message: str, sphere: Path, tmp_path: Path
) -> None:
    for name in ("north", "east"):
        write(tmp_path / "white" / f"{name}.png", np.full((60, 80), level, np.uint8))

    with pytest.raises(CalibrationError, match=message):
        run(
            "lights",
            sphere,
            *("--mask", sphere / "mask.png", "--out", tmp_path / "l.toml"),
            *("--white", tmp_path / "white"),
        )


def test_a_light_without_its_white_picture_is_told(sphere: Path, tmp_path: Path) -> None:
    write(tmp_path / "white" / "north.png", (200.0 * LIGHT).astype(np.uint8))

    with pytest.raises(ConfigurationError, match="no picture of light east"):
        run(
            "lights",
            sphere,
            *("--mask", sphere / "mask.png", "--out", tmp_path / "l.toml"),
            *("--white", tmp_path / "white"),
        )


def test_two_pictures_of_one_light_are_refused(sphere: Path, tmp_path: Path) -> None:
    (sphere / "north.bmp").write_bytes((sphere / "north.png").read_bytes())
    with pytest.raises(ConfigurationError, match="of the same light north: keep one"):
        run("lights", sphere, "--mask", sphere / "mask.png", "--out", tmp_path / "l.toml")


def test_a_bad_mask_is_named(sphere: Path, tmp_path: Path) -> None:
    black = write(tmp_path / "black.png", np.zeros((121, 121), np.uint8))

    with pytest.raises(CalibrationError, match=r"black\.png: the mask is black"):
        run("lights", sphere, "--mask", black, "--out", tmp_path / "l.toml")


@pytest.mark.parametrize("which", ["folder", "mask"])
def test_what_is_missing_is_named(which: str, sphere: Path, tmp_path: Path) -> None:
    folder = tmp_path / "none" if which == "folder" else sphere
    mask = tmp_path / "none.png" if which == "mask" else sphere / "mask.png"

    with pytest.raises(ConfigurationError, match=r"none.*no such"):
        run("lights", folder, "--mask", mask, "--out", tmp_path / "l.toml")


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    path = tmp_path / "top.toml"
    write_calibration(path, Calibration.from_scale(0.05).sealed())
    return path


def lights_of(sphere: Path, out: Path, *names: str) -> Path:
    directions = {"north": (0.0, 0.5, 0.8), "east": (0.5, 0.0, 0.8), "west": (-0.5, 0.0, 0.8)}
    for picture in sphere.glob("*st.png"):
        picture.unlink()
    for name in names:
        write(sphere / f"{name}.png", sphere_picture(directions[name], 121, 50.0))
    answered("lights", sphere, "--mask", sphere / "mask.png", "--out", out)
    return out


def test_lights_are_attached_and_read_by_the_line(
    sphere: Path, sealed: Path, tmp_path: Path
) -> None:
    file = lights_of(sphere, tmp_path / "lights.toml", "north", "east", "west")

    told = answered("attach-lights", sealed, file)

    loaded = load_calibration(sealed)
    assert (
        {light.name for light in loaded.lights} == {"north", "east", "west"} == set(told["lights"])
    )
    assert loaded.content_sha256 == loaded.seal
    assert loaded.sha256 == told["sha256"]
    east = next(light for light in loaded.lights if light.name == "east")
    assert east.direction == pytest.approx(np.array([0.5, 0.0, 0.8]) / np.hypot(0.5, 0.8), abs=0.02)
    assert "sealed anew" in run("attach-lights", sealed, file).stdout


def test_too_few_lights_are_not_attached(sphere: Path, sealed: Path, tmp_path: Path) -> None:
    file = lights_of(sphere, tmp_path / "lights.toml", "east", "north")
    before = sealed.read_bytes()

    with pytest.raises(CalibrationError, match=r"lights\.toml: 2 lights: at least 3"):
        run("attach-lights", sealed, file)
    assert sealed.read_bytes() == before


def test_lights_are_attached_to_no_installed_and_to_no_unsealed_calibration(
    sphere: Path, sealed: Path, tmp_path: Path
) -> None:
    file = lights_of(sphere, tmp_path / "lights.toml", "north", "east", "west")
    link, bare = tmp_path / "link.toml", tmp_path / "bare.toml"
    link.symlink_to(sealed)
    write_calibration(bare, Calibration.from_scale(0.05))

    with pytest.raises(ConfigurationError, match="install that again"):
        run("attach-lights", link, file)
    with pytest.raises(ConfigurationError, match="it has no seal"):
        run("attach-lights", bare, file)
