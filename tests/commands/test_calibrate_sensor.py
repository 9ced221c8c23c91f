"""`inspectd calibrate fields, attach-fields, sensor` as a person uses them."""

import tempfile
from pathlib import Path

import cv2
import numpy as np
import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from studies.light import series
from support.calibrate import answered, run, write
from support.light_scenes import flat_field

from inspectd.commands.calibrate.sensor import read_csv
from inspectd.core.calibration import Calibration
from inspectd.core.errors import CalibrationError, ConfigurationError
from inspectd.load import load_calibration
from inspectd.simulate.sensor_series import LinearSensor
from inspectd.station.fields import load_fields

SENSOR = LinearSensor(12, 0.4, 6.0, 12_000.0, 20.0, 0.5, 0.004)
LIGHT = flat_field(90, 120)
HEAD = "exposure_us,mean_dn,variance_dn2,dark_mean_dn,dark_variance_dn2\n"


def take(folder: Path, electrons: NDArray[np.float64], count: int = 8) -> Path:
    rng = np.random.default_rng(4)
    pattern = SENSOR.pattern(electrons.shape, np.random.default_rng(5))
    for index in range(count):
        write(folder / f"{index}.png", SENSOR.expose(electrons, pattern, rng))
    return folder


@pytest.fixture
def dark(tmp_path: Path) -> Path:
    return take(tmp_path / "dark", 0.0 * LIGHT)


@pytest.fixture
def flat(tmp_path: Path) -> Path:
    return take(tmp_path / "flat", 7000.0 * LIGHT)


@pytest.fixture
def fields(dark: Path, flat: Path, tmp_path: Path) -> Path:
    assert run("fields", "--dark", dark, "--flat", flat, "--out", tmp_path / "f.npz").exit_code == 0
    return tmp_path / "f.npz"


@pytest.fixture
def calibration(tmp_path: Path) -> Path:
    path = tmp_path / "calibration.toml"
    sealed = Calibration.from_scale(0.05).sealed()
    path.write_text(tomli_w.dumps(sealed.model_dump(mode="json", exclude_none=True)))
    return path


def test_fields_are_made_attached_and_read_by_the_line(
    dark: Path, flat: Path, calibration: Path, tmp_path: Path
) -> None:
    out, report = tmp_path / "f.npz", tmp_path / "report.html"

    made = answered("fields", "--dark", dark, "--flat", flat, "--out", out, "--report", report)
    attached = answered("attach-fields", calibration, out)

    loaded = load_calibration(calibration)
    assert loaded.fields == "f.npz"
    assert loaded.fields_sha256 == made["sha256"]
    assert loaded.content_sha256 == loaded.seal
    assert loaded.sha256 == attached["sha256"]
    assert load_fields(out, made["sha256"]).gain.shape == LIGHT.shape
    assert made["flat_pictures"] == 8
    assert "data:image/png" in report.read_text()


def test_a_person_reads_what_was_measured_and_what_comes_next(
    dark: Path, flat: Path, tmp_path: Path
) -> None:
    result = run("fields", "--dark", dark, "--flat", flat, "--out", tmp_path / "f.npz")

    assert "darkest cell over mean" in result.stdout
    assert "attach-fields" in result.stdout


def test_a_dead_pixel_is_told_with_its_place(dark: Path, flat: Path, tmp_path: Path) -> None:
    for file in flat.iterdir():
        pixels = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
        assert pixels is not None
        pixels[30, 40] = 0
        cv2.imwrite(str(file), pixels)
    words = ("fields", "--dark", dark, "--flat", flat, "--out", tmp_path / "f.npz")

    told = run(*words, "--report", tmp_path / "f.html").stdout
    made = answered(*words)

    assert (made["defect_pixels"], made["defects"]) == (1, [{"column_px": 40, "row_px": 30}])
    place = "column 40, row 30"
    assert place in " ".join(told.split())
    assert place in made["remarks"][0]
    assert place in (tmp_path / "f.html").read_text("utf-8")


def test_single_files_do_as_well_as_a_folder(dark: Path, flat: Path, tmp_path: Path) -> None:
    files = [word for file in sorted(flat.iterdir()) for word in ("--flat", file)]

    made = answered("fields", "--dark", dark, *files, "--out", tmp_path / "f.npz")

    assert made["flat_pictures"] == 8


def test_dust_leaves_no_file_behind(dark: Path, tmp_path: Path) -> None:
    light = 7000.0 * flat_field(90, 120, [(40.0, 30.0, 9.0, 0.2)])
    dusty = take(tmp_path / "dusty", light)

    with pytest.raises(CalibrationError, match=r"column 40, row 30.*clean lens"):
        run("fields", "--dark", dark, "--flat", dusty, "--out", tmp_path / "f.npz")
    assert not (tmp_path / "f.npz").exists()


def test_jpeg_is_refused(dark: Path, tmp_path: Path) -> None:
    jpeg = write(tmp_path / "flat.jpg", np.full((60, 80), 100, np.uint8))

    with pytest.raises(ConfigurationError, match="save the camera's pictures as PNG"):
        run("fields", "--dark", dark, "--flat", jpeg, "--out", tmp_path / "f.npz")


def test_an_output_of_another_kind_is_refused(dark: Path, flat: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"name it \*\.npz"):
        run("fields", "--dark", dark, "--flat", flat, "--out", tmp_path / "f.toml")


def test_fields_in_another_folder_are_not_attached(
    fields: Path, calibration: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere" / "f.npz"
    elsewhere.parent.mkdir()
    elsewhere.write_bytes(fields.read_bytes())
    before = calibration.read_bytes()

    with pytest.raises(ConfigurationError, match="copy it beside the calibration"):
        run("attach-fields", calibration, elsewhere)
    assert calibration.read_bytes() == before


def test_an_installed_calibration_is_not_changed(
    fields: Path, calibration: Path, tmp_path: Path
) -> None:
    link = tmp_path / "installed.toml"
    link.symlink_to(calibration)

    with pytest.raises(ConfigurationError, match="install that again"):
        run("attach-fields", link, fields)


def test_damaged_fields_are_not_attached(calibration: Path, fields: Path) -> None:
    fields.write_bytes(fields.read_bytes()[:1000])

    with pytest.raises(CalibrationError, match="make it again"):
        run("attach-fields", calibration, fields)


@pytest.fixture
def series_folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(6)
    shape = (150, 150)
    pattern = SENSOR.pattern(shape, rng)
    for exposure in np.linspace(300, 11_400, 12).round():
        for which in "ab":
            name = f"{exposure:g}_{which}.png"
            lit = SENSOR.expose(np.full(shape, float(exposure)), pattern, rng)
            write(tmp_path / "series" / "flat" / name, lit)
            write(
                tmp_path / "series" / "dark" / name,
                SENSOR.expose(np.zeros(shape), pattern, rng),
            )
    return tmp_path / "series"


def test_a_folder_of_pairs_gives_the_sensor_in_its_own_levels(
    series_folder: Path, tmp_path: Path
) -> None:
    report = tmp_path / "sensor.html"

    check = answered("sensor", series_folder, "--report", report)

    assert check["system_gain_dn_per_e"] == pytest.approx(0.4, rel=0.02)
    assert check["temporal_dark_noise_e"] == pytest.approx(6.0, rel=0.02)
    assert check["saturation_reached"] is True
    assert check["exposures"] == 12
    assert "data:image/png" in report.read_text()
    assert "temporal dark noise" in run("sensor", series_folder).stdout


def test_a_csv_gives_the_same_as_the_pictures_that_it_was_measured_from(tmp_path: Path) -> None:
    points = series(SENSOR, 12, 100, seed=7)
    lines = [
        f"{p.exposure_us},{p.mean_dn},{p.variance_dn2},{p.dark_mean_dn},{p.dark_variance_dn2}"
        for p in points
    ]
    table = tmp_path / "series.csv"
    table.write_text(HEAD + "\n".join(lines))

    check = answered("sensor", "--csv", table)

    assert check["system_gain_dn_per_e"] == pytest.approx(0.4, rel=0.02)
    assert check["dsnu_e"] is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("exposure_us,mean_dn\n1,2\n", "no variance_dn2"),
        (
            HEAD + "1,2,x,4,5\n",
            "line 2, variance_dn2: found 'x'",
        ),
        (
            HEAD + "1,2,3\n",
            "line 2, dark_mean_dn: found None",
        ),
        (HEAD + "1000,12,5,3,1,1\n", "line 2: more cells than columns: write numbers as 12.345"),
        (HEAD.strip() + ",mean_dn\n1,2,3,4,5,6\n", "two columns are called mean_dn"),
        ("", "first line must name the columns"),
    ],
)
def test_a_csv_with_a_mistake_names_line_and_column(
    text: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "s.csv").write_text(text)

    with pytest.raises(ConfigurationError, match=message):
        run("sensor", "--csv", tmp_path / "s.csv")


def test_a_picture_that_lacks_its_partner_is_told(series_folder: Path) -> None:
    next((series_folder / "flat").glob("*_b.png")).unlink()

    with pytest.raises(ConfigurationError, match="has only picture a; both are needed"):
        run("sensor", series_folder)


def test_an_exposure_without_its_dark_pair_is_told(series_folder: Path) -> None:
    for file in (series_folder / "dark").glob("300_*.png"):
        file.unlink()

    with pytest.raises(ConfigurationError, match="no pair for 300 us"):
        run("sensor", series_folder)


def test_a_name_that_is_no_exposure_is_told(series_folder: Path) -> None:
    (series_folder / "flat" / "300_a.png").rename(series_folder / "flat" / "first.png")

    with pytest.raises(ConfigurationError, match=r"for example 1500_a\.png"):
        run("sensor", series_folder)


def test_colour_pictures_are_no_sensor_pictures(series_folder: Path) -> None:
    for file in (series_folder / "flat").iterdir():
        write(file, np.full((150, 150, 3), 100, np.uint8))

    with pytest.raises(CalibrationError, match="record Mono8"):
        run("sensor", series_folder)


@pytest.mark.parametrize("args", [(), ("folder", "--csv", "s.csv")])
def test_either_a_folder_or_a_csv_is_needed(args: tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationError, match="one of the two"):
        run("sensor", *args)


def test_darkness_that_is_cut_off_at_zero_is_told(series_folder: Path) -> None:
    for file in (series_folder / "dark").iterdir():
        picture = np.zeros((150, 150), np.uint16)
        picture[::2, ::3] = 16
        write(file, picture)

    with pytest.raises(CalibrationError, match="raise the camera's BlackLevel"):
        run("sensor", series_folder)


@given(st.text() | st.lists(st.text("0123456789.,-eE \n")).map(lambda rows: HEAD + "\n".join(rows)))
def test_whatever_a_csv_holds_it_is_read_or_its_mistake_is_told(text: str) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        points, mistake = [], ""
        try:
            points = read_csv(Path(file.name))
        except ConfigurationError as error:
            mistake = str(error)

    assert all(np.isfinite(point.mean_dn) for point in points)
    assert mistake == "" or mistake.startswith(file.name)


def test_a_field_too_large_for_a_csv_is_told(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(HEAD + "1" * 200_000)

    with pytest.raises(ConfigurationError, match="save it as CSV"):
        read_csv(tmp_path / "s.csv")
