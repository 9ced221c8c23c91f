import numpy as np
import pytest
from inspectd_calibration.colour import fit_colour
from inspectd_calibration.colour_chart import REFERENCE_LAB
from inspectd_calibration.colour_space import lab_to_linear_srgb
from inspectd_calibration.fields import average, make_fields
from inspectd_calibration.pages_light import (
    colour_page,
    fields_page,
    lights_page,
    sensor_page,
    sensor_table,
)
from inspectd_calibration.photon_transfer import SensorCheck, check_sensor
from inspectd_calibration.report import report_html
from inspectd_calibration.sphere import Sphere, light_direction
from inspectd_calibration.uniformity import uniformity
from studies.light import series
from support.light_scenes import flat_field, sphere_picture

from inspectd.simulate.sensor_series import LinearSensor

SENSOR = LinearSensor(12, 0.5, 8.0, 12_000.0, 40.0)


@pytest.fixture(scope="module")
def check() -> SensorCheck:
    return check_sensor(series(SENSOR, 12, 64, seed=3))


def test_the_sensor_s_page_says_what_was_found_and_that_it_is_a_check(check: SensorCheck) -> None:
    html = report_html("Sensor", sensor_page(check))

    assert f"{check.system_gain_dn_per_e:.4g} DN/e⁻" in html
    assert "no compliant characterisation" in html
    assert html.count("data:image/png") == 1


def capacity(check: SensorCheck) -> str:
    (value,) = (row[1] for row in sensor_table(check).rows if row[0] == "saturation capacity")
    return value


def test_the_sensor_s_table_tells_bounds_as_bounds(check: SensorCheck) -> None:
    short = check_sensor([point for point in check.points if point.exposure_us < 5000.0])

    assert capacity(short).startswith("at least")
    assert not capacity(check).startswith("at least")


def test_the_fields_page_shows_light_and_numbers() -> None:
    rng = np.random.default_rng(1)
    light = flat_field(60, 80)
    dark, flat = (
        average(
            ((str(i), (level + rng.normal(10, 2, light.shape)).astype(np.uint8)) for i in range(8)),
            what,
        )
        for what, level in (("dark", 0.0 * light), ("flat", 180.0 * light))
    )
    _, report = make_fields(dark, flat)

    html = report_html("Fields", fields_page(report))

    assert f"{report.light.minimum_over_mean:.3f}" in html
    assert html.count("data:image/png") == 1


@pytest.mark.parametrize(("white", "pictures"), [(False, 1), (True, 2)])
def test_the_lights_page_names_every_light(*, white: bool, pictures: int) -> None:
    sphere = Sphere(60.0, 60.0, 50.0, 121, 121)
    lights = [
        light_direction(name, sphere_picture(at, 121, 50.0), sphere)
        for name, at in (("north", (0.0, 0.5, 0.8)), ("east", (0.5, 0.0, 0.8)))
    ]
    evenness = {light.name: uniformity(flat_field(60, 80)) for light in lights} if white else {}

    html = report_html("Lights", lights_page(lights, evenness))

    assert "<td>north</td>" in html
    assert "<td>east</td>" in html
    assert html.count("data:image/png") == pictures


def test_the_colour_page_shows_every_patch() -> None:
    fit = fit_colour(0.8 * lab_to_linear_srgb(REFERENCE_LAB))

    html = report_html("Colour", colour_page(fit))

    assert html.count("<tr>") == 1 + 4 + 1 + 3 + 1 + 24
    assert "bluish green" in html
