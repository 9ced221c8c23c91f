"""Values that are each allowed, and together are not."""

import pytest
from pydantic import ValidationError

from inspectd.core.camera import CameraSettings
from inspectd.settings.mqtt import MqttSettings
from inspectd.settings.plc import PlcSettings
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


def with_outputs(lines: dict[str, str], **outputs: object) -> Settings:
    camera = {"output_lines": lines}
    return Settings.model_validate(
        {
            "recipe": "recipe.toml",
            "stations": [{"name": "top", "camera": camera}],
            "outputs": {"station": "top"} | outputs,
        }
    )


@pytest.mark.parametrize(
    ("lines", "outputs", "why"),
    [
        ({"Line2": "UserOutput2"}, {"pass_output": "UserOutput1"}, "reaches no line"),
        ({"Line2": "UserOutput1"}, {"pass_output": "UserOutput1", "station": "x"}, "no station x"),
        ({}, {}, "name at least one"),
        (
            {"Line2": "UserOutput1"},
            {"fail_output": "UserOutput1", "ready_output": "UserOutput1"},
            "an output of its own",
        ),
    ],
)
def test_signals_that_cannot_be_given_are_refused(
    lines: dict[str, str], outputs: dict[str, object], why: str
) -> None:
    with pytest.raises(ValidationError, match=why):
        with_outputs(lines, **outputs)


def test_a_signal_on_a_line_of_the_camera_is_accepted() -> None:
    settings = with_outputs({"Line2": "UserOutput1"}, fail_output="UserOutput1")
    assert settings.outputs is not None
    assert settings.outputs.ready_signal == "alternating"


@pytest.mark.parametrize("ways", [("tls", "client"), ("client", "serial"), ("tls", "serial")])
def test_there_is_one_way_to_the_plc(ways: tuple[str, str]) -> None:
    sections = {
        "tls": {"certificate_file": "c", "key_file": "k", "ca_file": "a"},
        "client": {"host": "plc"},
        "serial": {"device": "/dev/ttyUSB0"},
    }
    with pytest.raises(ValidationError, match=rf"\[plc.{ways[0]}\] and \[plc.{ways[1]}\]"):
        PlcSettings.model_validate({way: sections[way] for way in ways})


def test_two_servers_on_one_port_are_a_mistake() -> None:
    one = stations(("top", "Line1"))
    with pytest.raises(ValidationError, match=r"\[web\] port and \[plc\] port are both 5020"):
        Settings.model_validate({**one, "web": {"port": 5020}})
    with pytest.raises(ValidationError, match=r"\[metrics\] port and \[web\] port are both 9464"):
        Settings.model_validate({**one, "web": {"port": 9464}})
    Settings.model_validate({**one, "web": {"port": 0}, "metrics": {"port": 0}, "plc": {"port": 0}})


def test_a_plc_that_is_asked_takes_no_port_here() -> None:
    plc = {"client": {"host": "10.0.0.9", "port": 502}, "port": 8080}
    Settings.model_validate({**stations(("top", "Line1")), "plc": plc})
