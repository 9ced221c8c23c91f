from pathlib import Path

import pytest
import tomli_w

from inspectd.core.calibration import Calibration, Origin
from inspectd.core.errors import ConfigurationError
from inspectd.core.recipe import Recipe
from inspectd.load import load_calibration, load_project
from inspectd.toml_file import load_model

GOOD = """
recipe = "recipe.toml"
[[stations]]
name = "top"
calibration = "calibration.toml"
[stations.camera]
serial = "40012345"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "recipe.toml").write_text('name = "housing"\n')
    scale = "[0.05, 0, 0, 0, 0.05, 0, 0, 0, 1]"
    (tmp_path / "calibration.toml").write_text(f"homography = {scale}\n")
    return tmp_path


def refused(folder: Path, text: str) -> str:
    path = folder / "inspectd.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load_project(path)
    return str(caught.value)


def test_a_project_is_read_with_everything_it_names(folder: Path) -> None:
    path = folder / "inspectd.toml"
    path.write_text(GOOD)
    project = load_project(path)
    assert project.recipe.name == "housing"
    assert set(project.calibrations) == {"top"}
    assert Path(project.settings.recipe) == folder / "recipe.toml"


def test_an_unknown_key_is_named_with_file_and_section(folder: Path) -> None:
    said = refused(folder, GOOD + "[plc]\nprot = 5020\n")
    assert (
        said == f"{folder}/inspectd.toml: [plc] prot: unknown key; remove it or mend its spelling"
    )


def test_a_number_out_of_bounds_says_what_was_found_and_what_is_allowed(folder: Path) -> None:
    said = refused(folder, GOOD + "[plc]\nport = 70000\n")
    assert said.endswith("[plc] port: found 70000; allowed: less than or equal to 65535")


def test_every_mistake_is_one_line(folder: Path) -> None:
    said = refused(folder, GOOD + "[plc]\nport = 70000\n[web]\nport = -1\n")
    assert len(said.splitlines()) == 2


def test_a_mistake_inside_a_station_counts_stations_from_one(folder: Path) -> None:
    said = refused(folder, GOOD.replace('"40012345"', '"40012345"\nexposure_us = -5'))
    assert "[stations 1.camera] exposure_us: found -5; allowed: greater than or equal to 1" in said
    assert len(said.splitlines()) == 1


def test_a_missing_key_is_named(folder: Path) -> None:
    assert "recipe: missing; this key is required" in refused(folder, GOOD.replace("recipe", "#"))


def test_a_missing_recipe_file_is_named(folder: Path) -> None:
    (folder / "recipe.toml").unlink()
    assert refused(folder, GOOD) == f"{folder}/recipe.toml: no such file"


def test_every_wrong_file_is_named_at_once(folder: Path) -> None:
    (folder / "recipe.toml").write_text('nam = "housing"\n')
    (folder / "calibration.toml").unlink()
    second = '[[stations]]\nname = "side"\ncalibration = "side.toml"\n[stations.camera]\n'
    third = second.replace('name = "side"', 'name = "third"')
    gauge = '[verification]\ngauge = "gauge.toml"\n'
    said = refused(folder, GOOD + second + third + gauge).splitlines()
    assert said[0].startswith(f"{folder}/recipe.toml: nam: unknown key")
    files = ("calibration.toml", "side.toml", "gauge.toml")
    assert said[-3:] == [f"{folder}/{name}: no such file" for name in files]


def test_a_calibration_whose_horizon_the_picture_shows_is_named(folder: Path) -> None:
    (folder / "calibration.toml").write_text("homography = [0.05, 0, 0, 0, 0.05, 0, 0, -0.01, 1]\n")
    said = refused(folder, GOOD)
    assert said.startswith(f"{folder}/calibration.toml: for station top: the horizon of its plane")


def test_a_wavelength_that_a_station_has_no_filter_for_is_named(folder: Path) -> None:
    (folder / "recipe.toml").write_text("[vision]\nwavelengths_mm = [0.5, 0.2]\n")
    assert refused(folder, GOOD) == (
        f"{folder}/recipe.toml: [vision] wavelengths_mm: 0.2 mm is 4.0 px here; allowed: "
        "6 to 40 px, which is 0.3 to 2 mm, for station top"
    )


def test_cameras_triggered_in_two_ways_are_refused(folder: Path) -> None:
    second = '[[stations]]\nname = "side"\n[stations.camera]\ntrigger_source = "Software"\n'
    assert "all cameras must have the same trigger_source" in refused(folder, GOOD + second)


def test_two_stations_of_one_name_are_refused(folder: Path) -> None:
    second = '[[stations]]\nname = "top"\n[stations.camera]\nserial = "2"\n'
    assert "station names must differ" in refused(folder, GOOD + second)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"recipe = ", "not valid TOML"),
        (b"\xff\xfe\x00", "not UTF-8 text"),
        (b"#" * 1_000_001, "larger than 1 MB"),
    ],
)
def test_a_file_that_is_no_toml_is_one_line(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "recipe.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=said):
        load_model(path, Recipe)


def test_a_folder_instead_of_a_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_model(tmp_path, Recipe)


def test_a_driver_that_is_not_installed_is_a_mistake_in_the_settings(folder: Path) -> None:
    said = refused(folder, GOOD + 'driver = "bsler"\n')
    assert "[stations 1.camera] driver: no camera driver is called 'bsler'" in said
    assert "basler" in said.partition("installed are")[2]


def test_pictures_that_are_not_there_are_named(folder: Path) -> None:
    said = refused(folder, GOOD + 'emulated = true\npictures = "gone"\n')
    assert said.endswith(f"pictures: no such file or folder: {folder}/gone")


def test_pictures_that_are_there_are_taken_relative_to_the_settings_file(folder: Path) -> None:
    (folder / "shown").mkdir()
    path = folder / "inspectd.toml"
    path.write_text(GOOD + 'emulated = true\npictures = "shown"\n')
    (station,) = load_project(path).settings.stations
    assert station.camera.pictures == str(folder / "shown")


def gauge(station: str) -> str:
    feature = (
        'name = "disc"\nkind = "dent"\nsize = "diameter"\nnominal = 5.0\nuncertainty = 0.01\n'
        "bias_limit = 0.1\nspread_limit = 0.1\n"
    )
    head = 'name = "p"\nserial = "G1"\ncertificate = "c"\nvalid_until = "2030-01-01"\n'
    return f'{head}[[features]]\nstation = "{station}"\n{feature}'


SIDE = '[[stations]]\nname = "side"\n[stations.camera]\nserial = "2"\n'


@pytest.mark.parametrize(
    ("stations", "station", "said"),
    [
        (GOOD, "", ""),
        (GOOD, "top", ""),
        (GOOD, "side", "found 'side'; allowed: top"),
        (GOOD + SIDE, "", "found ''; allowed: top or side"),
        (GOOD + SIDE, "top", "none for station side: it would go unverified"),
    ],
)
def test_every_station_has_a_feature_of_the_gauge(
    folder: Path, stations: str, station: str, said: str
) -> None:
    (folder / "gauge.toml").write_text(gauge(station))
    text = stations + '[verification]\ngauge = "gauge.toml"\n'
    if said:
        assert said in refused(folder, text)
        return
    (folder / "inspectd.toml").write_text(text)
    found = load_project(folder / "inspectd.toml").gauge
    assert found is not None
    assert found.serial == "G1"


@pytest.mark.parametrize(
    ("made_at", "days", "said"),
    [
        ("2026-02-28T06:00:00+00:00", 30, ""),
        ("2026-02-30T06:00:00+00:00", 30, "which is no date"),
        ("9999-12-01T06:00:00+00:00", 300, "which is no date"),
    ],
)
def test_a_date_that_is_none_is_found_before_a_part_waits_for_it(
    folder: Path, made_at: str, days: int, said: str
) -> None:
    path = folder / "calibration.toml"
    origin = 'made_by = "a"\nsoftware_version = "1"\ntarget = "t"\n[origin.pictures]\n'
    head = f"valid_days = {days}\n{path.read_text()}"
    path.write_text(f'{head}[origin]\nmade_at = "{made_at}"\n{origin}')
    if said:
        assert said in refused(folder, GOOD)
    else:
        calibration = load_model(path, Calibration).sealed()
        path.write_text(tomli_w.dumps(calibration.model_dump(mode="json", exclude_none=True)))
        assert load_calibration(path).valid_days == days


def test_a_mistake_of_the_whole_file_names_no_key(folder: Path) -> None:
    both = "valid_days = 30\n" + (folder / "calibration.toml").read_text()
    (folder / "calibration.toml").write_text(both)
    said = refused(folder, GOOD)
    assert said.startswith(f"{folder}/calibration.toml: valid_days counts from")


def made(folder: Path) -> str:
    """The text of a calibration as a command writes it, in the place of the folder's."""
    origin = Origin(
        made_at="2026-11-20T10:00:00+00:00",
        made_by="somebody",
        software_version="0",
        target="chessboard 9 x 6, pitch 5 mm",
        pictures={},
    )
    sealed = Calibration.from_scale(0.05).model_copy(update={"origin": origin}).sealed()
    text = tomli_w.dumps(sealed.model_dump(mode="json", exclude_none=True))
    (folder / "calibration.toml").write_text(text)
    return text


def test_a_calibration_that_has_lost_its_seal_is_refused(folder: Path) -> None:
    lines = made(folder).splitlines()
    without = [line for line in lines if not line.startswith("content_sha256")]
    (folder / "calibration.toml").write_text("\n".join(without))
    assert "its seal is gone" in refused(folder, GOOD)


def test_a_calibration_is_refused_wherever_its_file_is_cut_off(folder: Path) -> None:
    text = made(folder)
    for end in range(0, len(text) - 1, 7):
        (folder / "calibration.toml").write_text(text[:end])
        assert "calibration.toml: " in refused(folder, GOOD)


def test_further_recipes_are_read_with_what_was_taught_for_them(folder: Path) -> None:
    (folder / "second.toml").write_text('name = "second"\nnumber = 2\n')
    path = folder / "inspectd.toml"
    path.write_text(GOOD + '[[recipes]]\nfile = "second.toml"\n')
    project = load_project(path)
    assert project.numbers == (1, 2)
    assert project.changed_over(2).recipe.name == "second"
    assert project.changed_over(2).changed_over(1) == project


def test_two_recipes_of_one_number_are_refused(folder: Path) -> None:
    (folder / "second.toml").write_text('name = "second"\n')
    said = refused(folder, GOOD + '[[recipes]]\nfile = "second.toml"\n')
    assert said == (
        f"{folder}/second.toml: number: 1 is the number of {folder}/recipe.toml as well"
    )


def test_a_reference_for_a_station_that_is_not_there_is_refused(folder: Path) -> None:
    further = '[[recipes]]\nfile = "second.toml"\nreferences = { side = "side.npz" }\n'
    said = refused(folder, GOOD + further)
    assert said.endswith("recipes: second.toml: references: no station side")


def test_a_credential_of_systemd_is_read_from_where_systemd_puts_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/run/credentials/inspectd.service")
    path = folder / "inspectd.toml"
    path.write_text(GOOD + '[mqtt]\nuser = "line"\npassword_file = "credential:mqtt-password"\n')
    found = load_project(path).settings.mqtt.password_file
    assert found == Path("/run/credentials/inspectd.service/mqtt-password")


def test_a_credential_without_systemd_says_what_the_unit_lacks(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    said = refused(folder, GOOD + '[mqtt]\nuser = "l"\npassword_file = "credential:secret"\n')
    assert "LoadCredential=secret:" in said


def test_a_file_that_notepad_has_marked_is_read(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_bytes(b"\xef\xbb\xbf[scratch]\nmax_length_mm = 4.0\n")
    assert load_model(tmp_path / "r.toml", Recipe)
