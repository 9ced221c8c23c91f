"""`inspectd calibrate target`: what it writes is what the other commands read."""

import json
import re
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from inspectd_calibration.target import Target
from typer.testing import CliRunner, Result

from inspectd.cli import app
from inspectd.commands.calibrate.target_option import read_target
from inspectd.core.errors import ConfigurationError


def draw(*args: object) -> Result:
    words = ["calibrate", "target", *map(str, args)]
    return CliRunner().invoke(app, words, catch_exceptions=False)


PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "print-a-target.md"
SIZE = ("--columns", 9, "--rows", 6, "--pitch-mm", 20)


@pytest.mark.parametrize("kind", ["chessboard", "charuco", "dots"])
def test_it_writes_a_pdf_an_svg_and_the_target_to_be_given_to_the_others(
    tmp_path: Path, kind: str
) -> None:
    result = draw(tmp_path / "board", *SIZE, "--kind", kind)

    assert result.exit_code == 0
    target = read_target(str(tmp_path / "board.toml"))
    marker_mm = 14.0 if kind == "charuco" else None
    assert target == Target(kind=kind, columns=9, rows=6, pitch_mm=20.0, marker_mm=marker_mm)
    assert (tmp_path / "board.pdf").read_bytes().startswith(b"%PDF-1.4\n")
    assert ET.parse(tmp_path / "board.svg").getroot().attrib["width"] == "297mm"  # noqa: S314
    assert "100 %" in result.stdout
    assert "--rule-mm" in result.stdout


def test_json_names_the_files_and_the_page(tmp_path: Path) -> None:
    result = draw(tmp_path / "b.v2", *SIZE, "--marker-mm", 15, "--page", "A3", "--json")
    said = json.loads(result.stdout)
    assert {path.name for path in tmp_path.iterdir()} == {"b.v2.pdf", "b.v2.svg", "b.v2.toml"}
    assert said["files"] == {e: str(tmp_path / f"b.v2.{e}") for e in ("pdf", "svg", "toml")}
    assert (said["page"], said["width_mm"], said["height_mm"]) == ("A3", 420.0, 297.0)
    assert said["target"]["marker_mm"] == 15.0


def test_one_of_the_three_files_may_be_named(tmp_path: Path) -> None:
    draw(tmp_path / "board.pdf", *SIZE)
    assert {path.name for path in tmp_path.iterdir()} == {"board.pdf", "board.svg", "board.toml"}


def test_a_fine_pitch_keeps_its_digits(tmp_path: Path) -> None:
    draw(tmp_path / "fine", "--columns", 9, "--rows", 6, "--pitch-mm", 1.2345678)
    assert tomllib.loads((tmp_path / "fine.toml").read_text())["pitch_mm"] == 1.2345678


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((*SIZE[:4], "--pitch-mm", 40), "more than A4 has: take page A2"),
        ((*SIZE, "--kind", "dots", "--marker-mm", 5), "marker_mm belongs to a charuco target"),
        ((*SIZE, "--marker-mm", 25), "marker_mm must be smaller than pitch_mm"),
    ],
)
def test_a_mistake_is_told_and_nothing_is_written(
    tmp_path: Path, args: tuple[object, ...], words: str
) -> None:
    with pytest.raises(ConfigurationError, match=words):
        draw(tmp_path / "board", *args)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"OUT .*missing.*: its folder does not exist"):
        draw(tmp_path / "missing" / "board", *SIZE)


@pytest.mark.parametrize(
    "line", re.findall(r"^inspectd (calibrate target .*)$", PAGE.read_text("utf-8"), re.MULTILINE)
)
def test_every_sheet_that_the_page_draws_fits_its_paper(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(app, line.split(), catch_exceptions=False)

    assert result.exit_code == 0
    assert (tmp_path / "target.pdf").exists()
