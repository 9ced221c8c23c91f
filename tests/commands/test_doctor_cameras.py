from pathlib import Path

from inspectd.commands.checks import Check
from inspectd.commands.doctor_cameras import check_cameras
from inspectd.core.camera import CameraSettings
from inspectd.settings.root import Settings
from inspectd.settings.station import StationSettings


def camera_check(camera: CameraSettings) -> Check:
    station = StationSettings(name="top", camera=camera)
    checks = check_cameras(Settings(recipe=Path("recipe.toml"), stations=(station,)))
    (check,) = (check for check in checks if check.name == "camera of station top")
    return check


def test_the_camera_that_a_station_names_is_bad_where_it_is_not_connected() -> None:
    check = camera_check(CameraSettings(serial="40012345"))
    assert check.state == "bad"
    assert "40012345 is not there" in check.found
    assert check.remedy


def test_an_emulated_camera_is_always_there(tmp_path: Path) -> None:
    check = camera_check(CameraSettings(emulated=True, pictures=str(tmp_path)))
    assert check.state == "good"
