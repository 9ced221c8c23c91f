"""`inspectd bench`: what is compared does the same work, and the figures follow from the times."""

import json
import math

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from inspectd.cli import app
from inspectd.commands.bench import measure
from inspectd.commands.bench.ceilings import bytes_per_s, multiply_adds_per_s
from inspectd.commands.bench.compositions import BestOpencv, Textbook
from inspectd.commands.bench.measure import BenchResult, Ceilings, Measured
from inspectd.commands.bench.show import bench_json, show_bench
from inspectd.core.frame import Pixels
from inspectd.vision.normalise import linearise
from inspectd.vision.texture import gabor_energy


def _times(*whole: float) -> dict[str, float]:
    return {str(number): ms for number, ms in enumerate(whole, 1)}


@pytest.fixture
def result() -> BenchResult:
    measured = Measured(
        textbook_ms={"lut": 2.0, "gabor": 900.0, "canny": 8.0, "contours": 1.0},
        best_opencv_ms={"half": 1.0, "gabor": 30.0, "regions": 9.0},
        ours_ms=_times(16.0, 8.0),
        stages_ms={"1": {"texture": 2.0}, "2": {"texture": 1.0}},
        clean_ms=_times(8.0, 5.0),
        peak_mb=300.0,
    )
    return BenchResult(measured, measured, Ceilings(1e11, 4e10, 0.2, 0.1, 1.9), load_average=3.0)


@pytest.fixture
def grainy() -> Pixels:
    grain = np.random.default_rng(1).normal(128, 6, (200, 240))
    picture = np.rint(grain).astype(np.uint8)
    cv2.line(picture, (30, 40), (150, 110), 60, 3)
    return picture


def test_the_ratio_is_the_textbooks_filters_and_edges_over_all_of_ours(
    result: BenchResult,
) -> None:
    answer = bench_json(result)
    assert answer["textbook_ms"] == 911.0
    assert answer["best_opencv_ms"] == 40.0
    assert answer["ours_ms"] == {"1": 16.0, "2": 8.0}
    assert answer["ratio_textbook"] == 908.0 / 16.0
    assert answer["ratio_best_opencv"] == 2.5
    assert answer["ratio_threads"] == 2.0
    assert answer["peak_mb"] == 300.0
    assert json.loads(json.dumps(answer)) == answer


def test_a_busy_machine_is_told(result: BenchResult, capsys: pytest.CaptureFixture[str]) -> None:
    show_bench(result)
    assert "load average 3.0" in " ".join(capsys.readouterr().out.split())


def test_all_three_find_the_same_structures(grainy: Pixels) -> None:
    textbook, best = Textbook(grainy), BestOpencv(grainy)
    for composition in (textbook, best):
        for do in composition.stages().values():
            do()
    ours = gabor_energy(linearise(grainy, 1.0).half, 10.0, 8)
    for energy in (textbook.energy, best.energy):
        small = cv2.resize(energy, ours.shape[::-1], interpolation=cv2.INTER_AREA)
        inside = (slice(4, -4), slice(4, -4))
        assert np.corrcoef(small[inside].ravel(), ours[inside].ravel())[0, 1] > 0.97


def test_a_run_measures_both_formats_with_one_and_two_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in (("ROWS", 256), ("COLUMNS", 320), ("_ROUNDS", 1), ("_PARTS_A_ROUND", 1)):
        monkeypatch.setattr(measure, name, value)
    answer = CliRunner().invoke(app, ["bench", "--json"])
    figures = json.loads(answer.stdout)
    for picture in figures["pictures"].values():
        assert set(picture["ours_ms"]) == {"1", "2"}
        assert 0.0 < picture["ours_ms"]["1"] < picture["textbook_ms"] * 10
        assert "texture" in picture["stages_ms"]["ours"]["2"]
    assert figures["peak_mb"] > 0.0
    assert all(math.isfinite(value) and value > 0 for value in figures["ceilings"].values())


def test_the_ceilings_are_those_of_a_processor() -> None:
    assert 1e8 < multiply_adds_per_s() < 1e13
    assert 1e8 < bytes_per_s() < 1e13
