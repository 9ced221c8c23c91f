"""`inspectd msa capture`: every part is asked for, each picture is kept where it belongs."""

import errno
import json
import os
import random
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from inspectd.cli import app
from inspectd.commands.msa.capture import CaptureOptions, in_random_order
from inspectd.core.errors import ConfigurationError, DeviceError


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A station with a replay camera: its pictures' levels are 1, 2, 3 and so on."""
    shown = tmp_path / "shown"
    shown.mkdir()
    for level in range(1, 13):
        cv2.imwrite(str(shown / f"{level:02d}.png"), np.full((48, 64), level, np.uint8))
    path = tmp_path / "inspectd.toml"
    path.write_text(
        'recipe = "recipe.toml"\n[[stations]]\nname = "top"\n'
        '[stations.camera]\ndriver = "replay"\npictures = "shown"\n'
    )
    return path


def run(config: Path, folder: Path, *args: str, lines: int) -> Result:
    design = ("--parts", "3", "--repeats", "2", *args)
    result = CliRunner().invoke(
        app, ["msa", "capture", str(config), str(folder), *design], input="\n" * lines
    )
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def taken(folder: Path) -> dict[str, int]:
    """The level of every picture, by its path."""
    pictures = {}
    for path in folder.rglob("*.png"):
        picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        assert picture is not None
        pictures[str(path.relative_to(folder))] = int(picture[0, 0])
    return pictures


WANTED = {f"{part}/{name}/{repeat}.png" for part in "123" for name in "AB" for repeat in "12"}


def test_every_part_is_asked_for_and_its_picture_kept(config: Path, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    result = run(config, folder, "--operator", "A", "--operator", "B", "--json", lines=12)

    asked = [line for line in result.stderr.splitlines() if "put in part" in line]
    assert json.loads(result.stdout) == {"folder": str(folder), "taken": 12}
    assert set(taken(folder)) == WANTED
    # The n-th picture of the camera is that of the n-th part that was asked for.
    assert len(asked) == 12
    for number, line in enumerate(asked, 1):
        operator, part = line.split(": ")[1].removesuffix(", then press Enter").split(", put in ")
        part = part.removeprefix("part ")
        assert number in {taken(folder)[f"{part}/{operator}/{repeat}.png"] for repeat in (1, 2)}


def test_half_a_picture_is_not_taken_for_one_that_is_there(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            file.write(data[: len(data) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    folder = tmp_path / "study"
    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full_disk)
        with pytest.raises(ConfigurationError, match="cannot be written: No space left"):
            run(config, folder, "--operator", "A", lines=6)

    run(config, folder, "--operator", "A", lines=6)
    assert len(taken(folder)) == 6


def test_a_study_that_was_broken_off_goes_on(config: Path, tmp_path: Path) -> None:
    folder, operators = tmp_path / "study", ("--operator", "A", "--operator", "B")
    with pytest.raises(ConfigurationError, match="run it again to go on"):
        run(config, folder, *operators, lines=5)
    before = taken(folder)
    assert len(before) == 5

    result = run(config, folder, *operators, lines=7)
    assert "6 of 12" in result.stderr
    assert "inspectd msa grr --pictures" in result.stdout
    assert before.items() <= taken(folder).items()
    assert set(taken(folder)) == WANTED


def test_a_finished_study_asks_for_nothing(config: Path, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    run(config, folder, "--operator", "A", lines=6)

    assert "put in part" not in run(config, folder, "--operator", "A", lines=0).stderr


@pytest.mark.parametrize("name", ["../A", "a/b", "", ".", "A" * 65])
def test_a_name_that_is_no_folder_is_refused(config: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="it names a folder"):
        run(config, tmp_path / "study", "--operator", name, lines=0)


def test_an_operator_named_twice_is_refused(config: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="name each once"):
        run(config, tmp_path / "study", "--operator", "A", "--operator", "A", lines=0)


def test_a_camera_that_is_not_there_is_said(config: Path, tmp_path: Path) -> None:
    for picture in (tmp_path / "shown").iterdir():
        picture.unlink()

    with pytest.raises(DeviceError):
        run(config, tmp_path / "study", "--operator", "A", lines=1)


@given(st.integers(2, 8), st.integers(1, 4), st.integers(2, 4), st.randoms(use_true_random=False))
def test_each_round_has_every_part_once_by_every_operator(
    parts: int, operators: int, repeats: int, rng: random.Random
) -> None:
    names = tuple("ABCD"[:operators])
    options = CaptureOptions(Path(), Path(), names, "", parts, repeats)
    steps = in_random_order(options, rng)

    assert Counter((s.part, s.operator, s.repeat) for s in steps).most_common(1)[0][1] == 1
    assert len(steps) == parts * operators * repeats
    assert [step.repeat for step in steps] == sorted(step.repeat for step in steps)


def test_the_parts_come_in_another_order_each_round() -> None:
    options = CaptureOptions(Path(), Path(), ("A",), "", 20, 2)
    order = [step.part for step in in_random_order(options, random.SystemRandom())]

    assert order[:20] != order[20:]
    assert order[:20] != sorted(order[:20])
