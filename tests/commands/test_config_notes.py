"""cannot_pass: what check-config says beyond mistakes."""

from pathlib import PurePath

from inspectd.commands.config_notes import cannot_pass
from inspectd.core.calibration import Calibration
from inspectd.core.camera import CameraSettings
from inspectd.core.recipe import Recipe
from inspectd.settings.project import Product, Project
from inspectd.settings.root import Settings
from inspectd.settings.station import StationSettings


def project(calibration: Calibration | None) -> Project:
    camera = CameraSettings(serial="4711", width_px=800, height_px=600)
    settings = Settings(
        recipe=PurePath("recipe.toml"), stations=(StationSettings(name="top", camera=camera),)
    )
    calibrations = {} if calibration is None else {"top": calibration}
    return Project(settings, Product(Recipe()), calibrations, None)


def fitting() -> Calibration:
    size = {"width_px": 800, "height_px": 600, "camera_serial": "4711"}
    return Calibration.from_scale(0.05).model_copy(update=size)


def test_a_sealed_calibration_of_this_camera_is_nothing_to_note() -> None:
    assert cannot_pass(project(fitting().sealed())) == []


def test_no_calibration_is_noted() -> None:
    assert "no calibration" in cannot_pass(project(None))[0]


def test_a_calibration_of_another_camera_or_size_is_noted() -> None:
    foreign = fitting().model_copy(update={"camera_serial": "4712", "height_px": 500}).sealed()
    said = " ".join(cannot_pass(project(foreign)))
    assert "4712" in said
    assert "800 x 500" in said


def test_a_calibration_without_a_seal_is_noted() -> None:
    assert "written by a person" in cannot_pass(project(fitting()))[0]
