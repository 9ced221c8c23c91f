"""Values that are each allowed, and together are not."""

import pytest
from pydantic import ValidationError

from inspectd.core.camera import CameraSettings
from inspectd.settings.mqtt import MqttSettings
from inspectd.settings.root import Settings
from inspectd.settings.trigger import TriggerSettings


def stations(*cameras: tuple[str, str]) -> dict[str, object]:
    return {
        "recipe": "recipe.toml",
        "stations": [
            {"name": name, "camera": {"trigger_source": source}} for name, source in cameras
        ],
    }


@pytest.mark.parametrize("window_ms", [500, 501])
def test_frames_are_not_waited_for_as_long_as_the_answer_may_take(window_ms: int) -> None:
    with pytest.raises(ValidationError, match="match_window_ms must be shorter than deadline_ms"):
        TriggerSettings(deadline_ms=500, match_window_ms=window_ms)


def test_the_longest_window_is_just_below_the_deadline() -> None:
    assert TriggerSettings(deadline_ms=500, match_window_ms=499).match_window_ms == 499


def test_a_password_without_a_user_is_refused() -> None:
    with pytest.raises(ValidationError, match="password_file needs `user`"):
        MqttSettings.model_validate({"password_file": "secret"})


def test_stations_of_one_name_are_refused() -> None:
    with pytest.raises(ValidationError, match="station names must differ, found top, top"):
        Settings.model_validate(stations(("top", "Line1"), ("top", "Line1")))


def test_cameras_that_start_in_two_ways_are_refused() -> None:
    with pytest.raises(ValidationError, match="the same trigger_source"):
        Settings.model_validate(stations(("top", "Line1"), ("side", "Software")))


@pytest.mark.parametrize(("source", "hardware"), [("Line1", True), ("Software", False)])
def test_the_cameras_say_who_fires_them(source: str, hardware: bool) -> None:
    settings = Settings.model_validate(stations(("top", source), ("side", source)))
    assert settings.hardware_trigger is hardware


def test_an_emulated_camera_without_pictures_is_refused() -> None:
    with pytest.raises(ValidationError, match="an emulated camera needs `pictures`"):
        CameraSettings(emulated=True)
