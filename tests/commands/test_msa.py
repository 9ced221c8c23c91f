"""`inspectd msa ...` as a person uses it: files in; tables, JSON and a report out."""

from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
from inspectd_calibration.msa.study import Ratings, Study
from support import calibrate
from support.msa_studies import AIAG, AIAG_ATTRIBUTE, VDA_5

from inspectd.core.errors import CalibrationError, ConfigurationError

run = partial(calibrate.run, group="msa")
answered = partial(calibrate.answered, group="msa")


def written(path: Path, study: Study) -> Path:
    lines = [
        f"{part},{operator},{value}"
        for part, row in zip(study.parts, study.values, strict=True)
        for operator, cell in zip(study.operators, row, strict=True)
        for value in cell
    ]
    path.write_text("\n".join(["part,operator,value", *lines]))
    return path


def written_ratings(path: Path, ratings: Ratings) -> Path:
    word = {True: "pass", False: "fail"}
    lines = [
        f"{part},{name},{word[bool(trial)]},{word[bool(truth)]}"
        for part, row, truth in zip(ratings.parts, ratings.accepted, ratings.reference, strict=True)
        for name, cell in zip(ratings.appraisers, row, strict=True)
        for trial in cell
    ]
    path.write_text("\n".join(["part,operator,decision,reference", *lines]))
    return path


@pytest.fixture
def aiag(tmp_path: Path) -> Path:
    return written(tmp_path / "aiag.csv", AIAG)


@pytest.fixture
def shaft(tmp_path: Path) -> Path:
    path = tmp_path / "shaft.csv"
    path.write_text("\n".join(["value", *map(str, VDA_5)]))
    return path


@pytest.fixture
def scratches(tmp_path: Path) -> Path:
    """Plates of 0.05 mm a pixel with scratches of 4, 8 and 12 mm; two stations, two pictures."""
    rng = np.random.default_rng(3)
    for part, length in {"part 2": 80, "part 10": 160, "part 11": 240}.items():
        for station in ("left", "right"):
            folder = tmp_path / "study" / part / station
            folder.mkdir(parents=True)
            for repeat in range(2):
                plate = np.full((300, 400), 128, np.uint8)
                at = (60 + int(rng.integers(20)), 150 + int(rng.integers(-20, 20)))
                cv2.line(plate, at, (at[0] + length, at[1]), 60, 4)
                noisy = plate + rng.normal(0.0, 1.5, plate.shape)
                cv2.imwrite(str(folder / f"{repeat}.png"), noisy.astype(np.uint8))
    return tmp_path / "study"


def test_a_study_is_analysed_from_a_csv_file(aiag: Path) -> None:
    answer = answered("grr", aiag, "--tolerance", 8)

    assert answer["pooled"] is True
    assert answer["ndc"] == 4
    gauge = answer["components"]["GRR"]
    assert round(gauge["percent_of_total"], 2) == 27.86
    assert gauge["percent_of_tolerance"] == pytest.approx(6 * gauge["standard_deviation"] / 0.08)
    assert answer["anova"]["part x operator"]["df"] == 18
    assert "part x operator" not in answer["anova_used"]


def test_a_person_is_told_that_the_interaction_was_pooled(aiag: Path) -> None:
    told = " ".join(run("grr", aiag).output.split())

    assert "pooled with repeatability" in told
    assert "0.199933" in told
    assert "% of tolerance" not in told


def test_a_report_is_one_file_with_its_pictures_in_it(aiag: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    run("grr", aiag, "--report", report)

    page = report.read_text("utf-8")
    assert page.count("data:image/png;base64,") == 5
    assert "average and range" in page
    assert "492.291" in page


def test_a_study_is_measured_from_pictures(scratches: Path) -> None:
    answer = answered("grr", "--pictures", scratches, "--mm-per-px", 0.05, "--tolerance", 2)

    assert answer["parts"] == ["part 2", "part 10", "part 11"]
    assert answer["operators"] == ["left", "right"]
    assert answer["quantity"] == "scratch length, mm"
    # 4, 8 and 12 mm: a standard deviation of 4 mm.
    assert answer["components"]["PV"]["standard_deviation"] == pytest.approx(4.0, rel=0.02)
    assert answer["components"]["GRR"]["standard_deviation"] < 0.1


def test_a_picture_without_the_defect_is_named(scratches: Path) -> None:
    empty = 128 + np.random.default_rng(1).normal(0.0, 1.5, (300, 400))
    cv2.imwrite(str(scratches / "part 10" / "left" / "1.png"), empty.astype(np.uint8))

    with pytest.raises(CalibrationError, match=r"part 10/left/1.png: no scratch was found"):
        run("grr", "--pictures", scratches, "--mm-per-px", 0.05)


def test_a_picture_that_cannot_be_judged_is_named(scratches: Path) -> None:
    (scratches / "part 2" / "right" / "0.png").write_bytes(b"not a picture")

    with pytest.raises(CalibrationError, match=r"part 2/right/0.png: cannot be judged"):
        run("grr", "--pictures", scratches, "--mm-per-px", 0.05)


def test_a_defect_that_the_picture_cuts_has_no_size(scratches: Path) -> None:
    path = scratches / "part 2" / "left" / "0.png"
    plate = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    assert plate is not None
    cv2.line(plate, (0, 250), (200, 250), 60, 4)
    cv2.imwrite(str(path), plate)

    with pytest.raises(CalibrationError, match="reaches the picture's edge"):
        run("grr", "--pictures", scratches, "--mm-per-px", 0.05)


def test_pictures_without_a_scale_are_refused(scratches: Path) -> None:
    with pytest.raises(ConfigurationError, match="--calibration or --mm-per-px"):
        run("grr", "--pictures", scratches)


def test_a_folder_that_is_not_ordered_by_part_and_operator_is_explained(scratches: Path) -> None:
    with pytest.raises(ConfigurationError, match="one folder for each operator or station"):
        run("grr", "--pictures", scratches / "part 2", "--mm-per-px", 0.05)


def test_a_file_and_pictures_at_once_are_refused(aiag: Path, scratches: Path) -> None:
    with pytest.raises(ConfigurationError, match="either a CSV file or --pictures"):
        run("grr", aiag, "--pictures", scratches, "--mm-per-px", 0.05)


def test_neither_a_file_nor_pictures_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="either a CSV file or --pictures"):
        run("grr")


def test_a_tolerance_of_nothing_is_refused(aiag: Path) -> None:
    with pytest.raises(ConfigurationError, match="--tolerance 0"):
        run("grr", aiag, "--tolerance", 0)


def test_a_report_that_cannot_be_written_is_said(aiag: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="its folder does not exist"):
        run("grr", aiag, "--report", tmp_path / "nowhere" / "report.html")


def test_a_report_does_not_take_the_study_s_place(aiag: Path) -> None:
    before = aiag.read_bytes()
    with pytest.raises(ConfigurationError, match="this file is read"):
        run("grr", aiag, "--report", aiag)
    assert aiag.read_bytes() == before


def test_attribute_agreement_is_analysed_from_a_csv_file(tmp_path: Path) -> None:
    path = written_ratings(tmp_path / "ratings.csv", AIAG_ATTRIBUTE)
    answer = answered("attribute", path, "--report", tmp_path / "report.html")

    assert [one["effectiveness"]["share"] for one in answer["appraisers"]] == [0.84, 0.90, 0.80]
    assert [round(pair["value"], 2) for pair in answer["pairs"]] == [0.86, 0.78, 0.79]
    assert {one["verdict"] for one in answer["appraisers"]} == {"unacceptable"}
    assert "A, B, C: unacceptable" in (tmp_path / "report.html").read_text("utf-8")


def test_a_type_1_study_says_which_definition_it_uses(shaft: Path, tmp_path: Path) -> None:
    arguments = ("capability", shaft, "--reference", 6.002, "--tolerance", 0.06)
    six = answered(*arguments)
    four = answered(*arguments, "--sigmas", 4)

    assert (six["capable"], six["sigmas"]) == (True, 6)
    assert six["cg"] == pytest.approx(0.2 * 0.06 / (6 * six["standard_deviation"]))
    assert four["cg"] == pytest.approx(1.5 * six["cg"])
    assert "VDA 5" in run(*arguments, "--sigmas", 4).output
    assert "Bosch Booklet 10" in run(*arguments, "--report", tmp_path / "r.html").output
    assert (tmp_path / "r.html").read_text("utf-8").count("data:image/png;base64,") == 1


def test_five_sigmas_are_nobody_s_definition(shaft: Path) -> None:
    with pytest.raises(ConfigurationError, match="--sigmas 5: 6"):
        run("capability", shaft, "--reference", 6, "--tolerance", 1, "--sigmas", 5)


def test_a_reference_that_is_no_number_is_refused(shaft: Path) -> None:
    with pytest.raises(ConfigurationError, match="--reference nan"):
        run("capability", shaft, "--reference", "nan", "--tolerance", 1)
