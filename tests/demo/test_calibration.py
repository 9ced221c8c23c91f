"""The demo's millimetres are measured on a target, and they are right."""

import hashlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from inspectd_calibration.detect import detect

from inspectd.core.calibration import Calibration
from inspectd.core.errors import CalibrationError, ConfigurationError
from inspectd.core.frame import Aoi, Frame, View
from inspectd.core.job import Job
from inspectd.core.recipe import Recipe
from inspectd.demo.calibration import PICTURE, TARGET, DemoCamera, make_calibration
from inspectd.demo.options import DemoOptions, OwnPictures
from inspectd.demo.workspace import prepare
from inspectd.load import load_project
from inspectd.simulate.render import PartSpec, render_part
from inspectd.simulate.scratch import Scratch
from inspectd.vision.decode import decode_picture
from inspectd.vision.inspect import inspect

SPEC = PartSpec()
CAMERA = DemoCamera("top", "0815-0000", SPEC.width_px, SPEC.height_px, SPEC.mm_per_px)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def calibration(folder: Path) -> Calibration:
    return make_calibration(folder, CAMERA)


def test_every_length_in_the_picture_is_right_within_a_tenth_of_its_stated_uncertainty(
    calibration: Calibration,
) -> None:
    rng = np.random.default_rng(1)
    first, second = rng.uniform((0, 0), (SPEC.width_px, SPEC.height_px), (2, 500, 2))

    measured = np.linalg.norm(calibration.to_mm(first) - calibration.to_mm(second), axis=1)
    true = SPEC.mm_per_px * np.linalg.norm(first - second, axis=1)

    # Most of what is stated is the doubt about a printed pitch, and this one was not printed.
    limit = 0.1 * calibration.length_uncertainty_relative
    np.testing.assert_allclose(measured, true, rtol=limit)


def test_it_is_sealed_and_holds_for_the_demo_s_camera_only(calibration: Calibration) -> None:
    assert calibration.content_sha256 == calibration.seal
    assert calibration.camera_serial == "0815-0000"
    assert calibration.station == "top"
    assert (calibration.width_px, calibration.height_px) == (SPEC.width_px, SPEC.height_px)
    assert calibration.aoi is not None
    assert calibration.valid_days


def test_it_names_the_picture_that_it_was_made_of(calibration: Calibration, folder: Path) -> None:
    picture = (folder / PICTURE).read_bytes()

    assert calibration.origin is not None
    assert calibration.origin.pictures == {PICTURE: hashlib.sha256(picture).hexdigest()}
    assert len(detect(decode_picture(picture), TARGET, PICTURE).points_px) == 63


def test_a_field_of_view_that_the_target_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CalibrationError, match=PICTURE):
        make_calibration(tmp_path, DemoCamera("top", "", 400, 300, SPEC.mm_per_px))


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be written"):
        make_calibration(tmp_path / "none", CAMERA)


def test_the_demo_reads_it_from_its_file(tmp_path: Path) -> None:
    workspace = prepare(tmp_path, options(None), lambda: None)

    read = load_project(workspace.config).calibrations["top"]

    assert read.content_sha256
    assert read.mm_per_px_at(600.0, 500.0) == pytest.approx(0.05, rel=1e-4)
    (station,) = workspace.settings.stations
    assert station.camera.serial == read.camera_serial


@pytest.mark.parametrize("length_mm", [4.0, 8.0])
def test_a_scratch_s_true_length_lies_within_what_is_measured_with_it(
    calibration: Calibration, length_mm: float
) -> None:
    scratch = Scratch((30.0, 25.0), length_mm, 0.3, 0.03, 20.0, 0.0, (0.6, 0.6, 0.6))
    frame = Frame(render_part(PartSpec(defects=(scratch,)), 1), "main", 0)
    view = View((frame,), camera_serial="0815-0000", simulated=True, aoi=Aoi())

    result = inspect(view, Job(Recipe(), calibration), lambda: 0)

    (defect,) = result.defects
    assert abs(defect.length_mm - length_mm) < defect.uncertainty_mm < 0.15


def test_pictures_of_the_user_s_own_keep_the_user_s_scale(tmp_path: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    pixels = render_part(PartSpec(width_px=200, height_px=100), 1)
    cv2.imwrite(str(images / "a.png"), pixels)

    workspace = prepare(tmp_path, options(images), lambda: None)

    read = load_project(workspace.config).calibrations["top"]
    assert read == Calibration.from_scale(0.07)


def options(images: Path | None) -> DemoOptions:
    """One part, at a scale that is not the rendered parts' own, and any free ports."""
    own = None if images is None else OwnPictures(images, 0.07)
    return DemoOptions(1, 4.0, own, 0, 0, 0, 0)
