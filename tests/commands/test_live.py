"""`inspectd calibrate live`: what it shows is what the camera shows, and it ends when told to."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from inspectd.cli import app
from inspectd.core.errors import ConfigurationError

SQUARE_PX = 30


def board(blur_px: float = 0.0) -> Any:
    """A chessboard of 9 x 6 corners, square to the camera, with a white border, and noise."""
    squares = np.indices((7, 10)).sum(axis=0) % 2
    printed = np.kron(squares, np.ones((SQUARE_PX, SQUARE_PX))) * 160.0 + 40.0
    picture = cv2.copyMakeBorder(printed, 60, 60, 60, 60, cv2.BORDER_CONSTANT, value=200.0)
    if blur_px:
        picture = cv2.GaussianBlur(picture, (0, 0), blur_px)
    noise = np.random.default_rng(1).normal(0.0, 1.0, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A sharp board, a soft one, and a picture without any."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    cv2.imwrite(str(folder / "1_sharp.png"), board())
    cv2.imwrite(str(folder / "2_soft.png"), board(2.0))
    cv2.imwrite(str(folder / "3_none.png"), np.full((330, 420), 90, np.uint8))
    return folder


def live(*args: object) -> list[dict[str, Any]]:
    words = ["calibrate", "live", "--json", "--pictures-per-second", "50", *map(str, args)]
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert result.exit_code == 0
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize("camera", [("--driver", "replay"), ("--emulated",)])
def test_every_picture_is_one_line_from_the_replay_and_from_the_emulated_camera(
    pictures: Path, camera: tuple[str, ...]
) -> None:
    looks = live(*camera, "--pictures", pictures, "--target", "chessboard:9x6:5", "--count", 3)

    assert [look["picture"] for look in looks] == [1, 2, 3]
    sharp, soft, none = sorted(looks, key=lambda look: -look["focus_percent"])
    assert sharp["focus_percent"] > 1.2 * soft["focus_percent"]
    assert [look["target"]["found"] for look in (sharp, soft, none)] == [True, True, False]
    assert sharp["target"]["points"] == 54
    assert sharp["target"]["tilt_deg"] < 1.5
    assert none["target"]["problem"]
    assert {look["best_focus_percent"] for look in looks[-1:]} == {sharp["focus_percent"]}


def test_every_key_of_a_line_is_explained(pictures: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "set-up-a-camera.md").read_text("utf-8")
    (look,) = live(
        *("--driver", "replay", "--pictures", pictures, "--target", "chessboard:9x6:5"),
        *("--count", 1),
    )

    keys = [*look, *look["exposure"], *look["target"]]

    assert [key for key in keys if f"`{key}`" not in page] == []


def test_without_a_target_none_is_sought(pictures: Path) -> None:
    (look,) = live("--driver", "replay", "--pictures", pictures, "--count", 1)

    assert look["target"] is None
    assert look["saved"] is None


def test_pictures_that_show_the_target_are_kept_and_numbered_on(
    pictures: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    args = ("--driver", "replay", "--pictures", pictures, "--count", 3, "--save", kept)

    first = live(*args, "--target", "chessboard:9x6:5")
    live(*args)

    assert [bool(look["saved"]) for look in first] == [True, True, False]
    assert sorted(path.name for path in kept.iterdir()) == [
        f"picture_000{number}.png" for number in range(1, 6)
    ]
    shown = cv2.imread(str(kept / "picture_0001.png"), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(shown, board())


def test_a_person_sees_bars_and_words(pictures: Path) -> None:
    args = ("--driver", "replay", "--pictures", str(pictures / "1_sharp.png"), "--count", "1")
    words = ["calibrate", "live", *args, "--target", "chessboard:9x6:5"]

    shown = CliRunner().invoke(app, words, catch_exceptions=False, env={"COLUMNS": "120"}).stdout

    assert "focus" in shown
    assert "54 points" in shown
    assert "tilt" in shown
    assert "Ctrl-C ends" in shown


def test_a_dark_and_a_saturated_picture_say_what_to_turn(tmp_path: Path) -> None:
    for level, advice in ((5, "lengthen the exposure"), (255, "shorten the exposure")):
        file = tmp_path / f"{level}.png"
        cv2.imwrite(str(file), np.full((64, 64), level, np.uint8))
        words = ["calibrate", "live", "--driver", "replay", "--pictures", str(file), "--count", "1"]
        shown = CliRunner().invoke(app, words, catch_exceptions=False, env={"COLUMNS": "140"})
        assert advice in shown.stdout


def settings_file(folder: Path, *names: str) -> Path:
    """Settings whose stations show the pictures beside the file."""
    stations = "".join(
        f'[[stations]]\nname = "{name}"\n[stations.camera]\ndriver = "replay"\n'
        'pictures = "pictures"\nwidth_px = 100\nheight_px = 80\n'
        for name in names
    )
    path = folder / "inspectd.toml"
    path.write_text(f'recipe = "recipe.toml"\n{stations}', "utf-8")
    return path


def test_a_station_s_camera_is_taken_with_its_area_of_interest(
    pictures: Path, tmp_path: Path
) -> None:
    config, kept = settings_file(pictures.parent, "top", "side"), tmp_path / "kept"

    live("--config", config, "--station", "side", "--count", 1, "--save", kept)

    shown = cv2.imread(str(kept / "picture_0001.png"), cv2.IMREAD_UNCHANGED)
    assert shown is not None
    assert shown.shape == (80, 100)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--config", "{config}"], "which station.*top, side"),
        (["--config", "{config}", "--station", "bottom"], "which station.*top, side"),
        (["--driver", "nikon"], "no camera driver is called 'nikon'"),
        (["--emulated"], "an emulated camera needs `pictures`"),
        (["--driver", "replay", "--pictures", "{folder}", "--target", "chess"], "target 'chess'"),
        (["--driver", "replay", "--pictures", "{folder}", "--save", "{config}"], "cannot be made"),
        (["--driver", "replay", "--pictures", "{folder}", "--lens", "no.toml"], "no such file"),
        (["--driver", "replay", "--pictures", "{empty}"], "there is no picture in this folder"),
        (
            ["--driver", "replay", "--pictures", "{config}"],
            "not a PNG, .*name a picture, or a fold",
        ),
        (["--driver", "replay", "--pictures", "nowhere.png"], "nowhere.png: no such file"),
    ],
)
def test_a_mistake_says_what_is_wrong(pictures: Path, args: list[str], message: str) -> None:
    empty = pictures.parent / "empty"
    empty.mkdir()
    config = settings_file(pictures.parent, "top", "side")
    places = {"config": config, "folder": pictures, "empty": empty}
    words = ["calibrate", "live", "--count", "1", *(arg.format(**places) for arg in args)]

    with pytest.raises(ConfigurationError, match=message):
        CliRunner().invoke(app, words, catch_exceptions=False)


def test_ctrl_c_ends_it_without_a_complaint(pictures: Path) -> None:
    words = ["calibrate", "live", "--json", "--driver", "replay", "--pictures", str(pictures)]
    command = [sys.executable, "-m", "inspectd", *words]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=60)

    assert first["picture"] == 1
    assert process.returncode == 0
    assert complaint == ""
