"""`inspectd calibrate camera` and `calibrate plane`, from picture files to files and words."""

import hashlib
import json
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from inspectd_calibration.camera_file import LensFile
from inspectd_calibration.target import Target
from support.seen_targets import turned
from typer.testing import CliRunner

from inspectd.cli import app
from inspectd.commands.calibrate import pictures
from inspectd.commands.calibrate.pictures import LARGEST_FILE_BYTES
from inspectd.core.calibration import Calibration
from inspectd.core.errors import CalibrationError, ConfigurationError
from inspectd.core.frame import Aoi
from inspectd.core.lens import Lens
from inspectd.simulate.board import render_board
from inspectd.toml_file import load_model

TARGET = "chessboard:9x6:10"
BOARD = Target(kind="chessboard", columns=9, rows=6, pitch_mm=10.0)
LENS = Lens(focal_x_px=600.0, focal_y_px=600.0, centre_x_px=203.0, centre_y_px=148.0, k1=-0.15)
CORNERS = ((-16.0, -11.0), (16.0, -11.0), (-16.0, 11.0), (16.0, 11.0))


def picture(
    path: Path,
    lens: Lens,
    angles_deg: tuple[float, float],
    seed: int,
    aside_mm: tuple[float, float] = (0.0, 0.0),
) -> None:
    """The board about 200 mm away: it fills half of a picture of 400 x 300 px."""
    tilt_deg, slope_deg = angles_deg
    rotation = turned(tilt_deg, slope_deg)
    middle = np.append(BOARD.points_mm.mean(axis=0), 0.0)
    pixels = render_board(
        BOARD,
        lens,
        rotation,
        np.array([*aside_mm, 190.0 + tilt_deg]) - rotation @ middle,
        width_px=400,
        height_px=300,
        blur_px=0.6,
        noise=1.0,
        rng=np.random.default_rng([71, seed]),
    )
    cv2.imwrite(str(path), pixels)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eleven good views, one dark picture, one damaged file and one copy; and two planes."""
    made = tmp_path_factory.mktemp("pictures")
    views = made / "views"
    views.mkdir()
    for number in range(11):
        aside = CORNERS[number % len(CORNERS)]
        picture(views / f"{number}.png", LENS, (22.0 + number, 33.0 * number), number, aside)
    cv2.imwrite(str(views / "20.png"), np.full((300, 400), 3, np.uint8))
    (views / "21.png").write_bytes((views / "1.png").read_bytes()[:2000])
    (views / "22.png").write_bytes((views / "0.png").read_bytes())
    picture(made / "plane.png", LENS, (8.0, 40.0), 100)
    straight = LENS.model_copy(update={"k1": 0.0})
    picture(made / "straight.png", straight, (8.0, 40.0), 101)
    return made


def calibrate(*words: object) -> str:
    result = CliRunner().invoke(
        app, ["calibrate", *map(str, words)], catch_exceptions=False, env={"COLUMNS": "200"}
    )
    assert result.exit_code == 0
    return result.stdout


@pytest.fixture(scope="module")
def camera(folder: Path) -> dict[str, Any]:
    """What `calibrate camera --json` says; lens.toml and camera.html lie in the folder."""
    out, report = folder / "lens.toml", folder / "camera.html"
    text = calibrate(
        *("camera", folder / "views", "--target", TARGET),
        *("--out", out, "--report", report, "--json"),
    )
    told: dict[str, Any] = json.loads(text)
    return told


def test_camera_tells_the_lens_and_names_every_picture_that_it_left_out(
    camera: dict[str, Any],
) -> None:
    off = abs(camera["lens"]["focal_x_px"] - 600.0)
    assert off < 4.0 * camera["standard_uncertainties"]["focal_x_px"] < 8.0
    assert camera["rms_px"] < 0.1
    assert {view["name"] for view in camera["views"]} == {f"{number}.png" for number in range(11)}
    dropped = {drop["name"]: drop["reason"] for drop in camera["dropped"]}
    assert list(dropped) == ["20.png", "21.png", "22.png"]
    assert dropped["20.png"].startswith("the picture is dark")
    assert "take it again" in dropped["21.png"]
    assert dropped["22.png"] == "the same picture as 0.png"


def test_the_lens_file_says_where_it_comes_from(folder: Path, camera: dict[str, Any]) -> None:
    lens = load_model(folder / "lens.toml", LensFile)

    assert lens.lens.model_dump() == camera["lens"]
    assert lens.content_sha256 == lens.seal
    assert lens.origin.dropped == ("20.png", "21.png", "22.png")
    first = hashlib.sha256((folder / "views" / "0.png").read_bytes()).hexdigest()
    assert lens.origin.pictures["0.png"] == first
    assert len(lens.origin.pictures) == 11


def test_camera_s_report_shows_residuals_coverage_and_every_view(
    folder: Path, camera: dict[str, Any]
) -> None:
    page = (folder / "camera.html").read_text("utf-8")

    assert page.count("data:image/png;base64,") == 4
    assert all(name in page for name in ("10.png", "21.png", "Seen minus expected", "Coverage"))
    assert f"{camera['rms_px']:.3f} px" in page
    assert "Left out: 20.png, 21.png, 22.png." in page
    assert hashlib.sha256((folder / "views" / "0.png").read_bytes()).hexdigest() in page


def test_camera_tells_people_in_tables(folder: Path) -> None:
    text = calibrate("camera", folder / "views", "--target", TARGET)

    assert re.search(r"10\.png +\d\.\d{3} +\d\d", text)
    assert re.search(r"22\.png +left out: the same picture as 0\.png", text)
    assert re.search(r"focal x +\d{3}\.\d\d px +\d\.\d\d px", text)
    assert "11 views of chessboard 9 x 6, pitch 10 mm" in text


def test_plane_writes_a_sealed_calibration_that_the_daemon_reads(
    folder: Path, camera: dict[str, Any]
) -> None:
    assert camera
    text = calibrate(
        *("plane", folder / "plane.png", "--target", TARGET, "--lens", folder / "lens.toml"),
        *("--station", "top", "--camera-serial", "40012345", "--aoi-offset-x", 16),
        *("--valid-days", 30, "--temperature-c", 21.5, "--made-by", "Ada", "--rule-mm", 100.2),
        *("--out", folder / "top.toml", "--report", folder / "plane.html", "--json"),
    )
    told = json.loads(text)
    made = load_model(folder / "top.toml", Calibration)

    assert made.content_sha256 == made.seal
    assert made.sha256 == told["sha256"]
    assert (made.station, made.camera_serial, made.valid_days) == ("top", "40012345", 30)
    assert (made.width_px, made.height_px, made.aoi) == (400, 300, Aoi(offset_x_px=16))
    assert made.origin is not None
    assert (made.origin.made_by, made.origin.temperature_c) == ("Ada", 21.5)
    assert made.origin.target == "chessboard 9 x 6, pitch 10.02 mm"
    lens_sha256 = hashlib.sha256((folder / "lens.toml").read_bytes()).hexdigest()
    assert lens_sha256 in made.origin.pictures.values()
    assert made.length_uncertainty_relative == told["length_uncertainty_relative"] < 0.02
    assert told["tilt_deg"] == pytest.approx(8.0, abs=0.3)
    assert told["distance_mm"] == pytest.approx(1.002 * 198.0, rel=0.01)
    assert told["mm_per_px"]["centre"] == pytest.approx(1.002 * 198.0 / 600.0, rel=0.03)
    assert (folder / "plane.html").read_text("utf-8").count("data:image/png;base64,") == 4


def test_plane_without_a_lens_tells_people_scale_and_uncertainty(folder: Path) -> None:
    out = folder / "straight.toml"
    text = calibrate("plane", folder / "straight.png", "--target", TARGET, "--out", out)

    assert re.search(r"top left +0\.\d{5} +0\.\d{3} %", text)
    assert "JCGM 100:2008" in text
    assert load_model(out, Calibration).lens is None


def test_plane_says_what_the_command_line_leaves_open(folder: Path) -> None:
    out = folder / "open.toml"
    words = ("plane", folder / "straight.png", "--target", TARGET, "--out", out)

    text = calibrate(*words)
    made = load_model(out, Calibration)
    told = json.loads(calibrate(*words, "--json"))
    full = ("--rule-mm", 100.0, "--station", "top", "--camera-serial", "40012345")
    quiet = calibrate(*words, *full)

    notes = ("nothing has checked the target's pitch", "fits any camera", "fits any station")
    assert [note for note in notes if f"Note: {note}" not in text.replace("it fits", "fits")] == []
    assert all(any(note in warning for warning in told["warnings"]) for note in notes)
    assert not any(note in quiet for note in notes)
    assert made.valid_days == 365


@pytest.mark.parametrize(
    ("sigma_x_px", "sigma_y_px", "cause"),
    [(0.0, 0.0, None), (2.0, 2.0, "focus on the plane"), (2.2, 0.5, "hold it still")],
)
def test_plane_says_that_its_picture_is_blurred(
    folder: Path, tmp_path: Path, sigma_x_px: float, sigma_y_px: float, cause: str | None
) -> None:
    path, out = tmp_path / "soft.png", tmp_path / "soft.toml"
    sharp = cv2.imread(str(folder / "straight.png"), cv2.IMREAD_GRAYSCALE)
    assert sharp is not None
    soft = cv2.GaussianBlur(sharp, (0, 0), sigma_x_px, sigmaY=sigma_y_px) if cause else sharp
    cv2.imwrite(str(path), soft)

    told = json.loads(calibrate("plane", path, "--target", TARGET, "--out", out, "--json"))

    said = [warning for warning in told["warnings"] if "px soft" in warning]
    assert len(said) == (cause is not None)
    assert cause is None or cause in said[0]


def test_the_readme_s_plane_leaves_nothing_open() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8").replace("\\\n", " ")

    (line,) = (line for line in readme.splitlines() if "inspectd calibrate plane" in line)

    options = ("--rule-mm", "--station", "--camera-serial")
    assert [option for option in options if option not in line] == []


def test_a_pitch_that_is_not_the_lens_s_is_refused(folder: Path, camera: dict[str, Any]) -> None:
    assert camera
    out = folder / "pitch.toml"
    words = ("--lens", folder / "lens.toml", "--out", out, "--distance-mm", 200)

    with pytest.raises(CalibrationError, match=r"with pitch 10 mm, the plane says 10\.5 mm"):
        calibrate("plane", folder / "plane.png", "--target", "chessboard:9x6:10.5", *words)

    assert not out.exists()


def bmp(path: Path, side_px: int) -> Path:
    """A header that promises a picture, and nothing behind it."""
    fields = (b"BM", 54, 0, 54, 40, side_px, side_px, 1, 24, 0, 0, 0, 0, 0, 0)
    path.write_bytes(struct.pack("<2sIIIIiiHHIIiiII", *fields))
    return path


def too_many_bytes(folder: Path) -> Path:
    path = folder / "long.png"
    with path.open("wb") as file:
        file.truncate(LARGEST_FILE_BYTES + 1)  # a hole: it takes no disk
    return path


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda _: Path("/dev/zero"), "/dev/zero: not a file, .* name a file"),
        (too_many_bytes, "long.png: 500 MB, at most 500 MB are read"),
        (lambda d: bmp(d / "bomb.bmp", 10_001), "10001 x 10001 px: .*at most 100 megapixels; set"),
    ],
    ids=["device", "bytes", "pixels"],
)
def test_what_would_fill_the_memory_is_refused_unread(
    tmp_path: Path, make: Callable[[Path], Path], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make(tmp_path)
    monkeypatch.setattr(pictures, "decode_picture", lambda _: pytest.fail("it was decoded"))
    if path.suffix != ".bmp":
        monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("it was read"))

    with pytest.raises(ConfigurationError, match=said):
        calibrate("plane", path, "--target", TARGET, "--out", tmp_path / "x.toml")


REFUSED: list[tuple[type[Exception], str, Callable[[Path], list[object]]]] = [
    (
        CalibrationError,
        r"the residuals show lens distortion.*--lens",
        lambda d: ["plane", d / "plane.png", "--target", TARGET, "--out", d / "x.toml"],
    ),
    (
        CalibrationError,
        r"2 good views, at least 10 are needed: take 8 more",
        lambda d: ["camera", d / "views/0.png", d / "views/1.png", "--target", TARGET],
    ),
    (
        CalibrationError,
        r"20\.png: the picture is dark",
        lambda d: ["plane", d / "views/20.png", "--target", TARGET, "--out", d / "x.toml"],
    ),
    (
        ConfigurationError,
        r"nowhere\.png: no such file",
        lambda d: ["plane", d / "nowhere.png", "--target", TARGET, "--out", d / "x.toml"],
    ),
    (
        ConfigurationError,
        r"--out .*: its folder does not exist",
        lambda d: ["plane", d / "plane.png", "--target", TARGET, "--out", d / "no" / "x.toml"],
    ),
    (
        ConfigurationError,
        r"--report .*: this is a folder",
        lambda d: ["camera", d / "views", "--target", TARGET, "--report", d],
    ),
    (
        ConfigurationError,
        r"--report .*x\.toml: the same file as --out",
        lambda d: [
            *("plane", d / "plane.png", "--target", TARGET, "--out", d / "x.toml"),
            *("--report", d / "x.toml"),
        ],
    ),
    (
        ConfigurationError,
        r"--out .*plane\.png: this file is read, and would be lost",
        lambda d: ["plane", d / "plane.png", "--target", TARGET, "--out", d / "plane.png"],
    ),
    (
        ConfigurationError,
        r"--report .*views/3\.png: this file is read, and would be lost",
        lambda d: ["camera", d / "views", "--target", TARGET, "--report", d / "views/3.png"],
    ),
    (
        ConfigurationError,
        r"--station Top 1: no station can have this name",
        lambda d: [
            *("plane", d / "plane.png", "--target", TARGET, "--out", d / "x.toml"),
            *("--station", "Top 1"),
        ],
    ),
    (
        ConfigurationError,
        r"--camera-serial: 65 characters; allowed: 64 at most",
        lambda d: [
            *("plane", d / "plane.png", "--target", TARGET, "--out", d / "x.toml"),
            *("--camera-serial", 65 * "4"),
        ],
    ),
    (
        ConfigurationError,
        r"--rule-mm 97: .* print it again at 100 %",
        lambda d: [
            *("plane", d / "plane.png", "--target", TARGET, "--out", d / "x.toml"),
            *("--rule-mm", 97),
        ],
    ),
    (
        ConfigurationError,
        r"target 'chess': write KIND",
        lambda d: ["camera", d / "views", "--target", "chess"],
    ),
]


@pytest.mark.parametrize(("kind", "said", "words"), REFUSED)
def test_what_does_not_do_is_refused_with_the_remedy_and_nothing_is_written(
    folder: Path, kind: type[Exception], said: str, words: Callable[[Path], list[object]]
) -> None:
    with pytest.raises(kind, match=said):
        calibrate(*words(folder))

    assert not (folder / "x.toml").exists()
