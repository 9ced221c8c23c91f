"""`inspectd calibrate install`: all of it or nothing, and nothing is ever lost."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import tomli_w

from inspectd.commands.calibrate.install import Installed, install
from inspectd.core.calibration import Calibration
from inspectd.core.errors import ConfigurationError
from inspectd.load import load_calibration, load_project

FIRST = Calibration.from_scale(0.05)
SECOND = Calibration.from_scale(0.06).sealed()

SETTINGS = """
recipe = "recipe.toml"
[[stations]]
name = "top"
calibration = "stations/top/calibration.toml"
[stations.camera]
width_px = 640
height_px = 480
[[stations]]
name = "side"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "inspectd.toml"
    path.write_text(SETTINGS + "[stations.camera]\n")
    (tmp_path / "recipe.toml").write_text("")
    return path


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def make(calibration: Calibration, name: str = "new/calibration.toml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(tomli_w.dumps(calibration.model_dump(exclude_none=True)))
        return path

    return make


@pytest.fixture
def target(write: Callable[..., Path]) -> Path:
    return write(FIRST, "stations/top/calibration.toml")


@pytest.fixture
def with_fields(write: Callable[..., Path]) -> Callable[[bytes], Path]:
    """A calibration with a file of fields; its name is always the same."""

    def make(content: bytes) -> Path:
        sha256 = hashlib.sha256(content).hexdigest()
        changed = {"fields": "fields.npz", "fields_sha256": sha256}
        path = write(SECOND.model_copy(update=changed).sealed(), f"{sha256[:4]}/calibration.toml")
        (path.parent / "fields.npz").write_bytes(content)
        return path

    return make


def history(target: Path) -> set[str]:
    return {load_calibration(p).sha256 for p in target.parent.glob("history/*/calibration.toml")}


def test_the_new_one_is_there_and_the_old_one_is_kept_under_its_hash(
    config: Path, target: Path, write: Callable[..., Path]
) -> None:
    done = install(write(SECOND), config, "top")
    assert done == Installed("top", target, FIRST.sha256, SECOND.sha256, sealed=True)
    assert load_project(config).calibrations["top"] == SECOND
    assert history(target) == {FIRST.sha256, SECOND.sha256}


def test_the_first_one_makes_its_folder(config: Path, write: Callable[..., Path]) -> None:
    assert install(write(SECOND), config, "top").old_sha256 == ""
    assert load_project(config).calibrations["top"] == SECOND


def test_the_old_one_can_be_put_back(
    config: Path, target: Path, write: Callable[..., Path]
) -> None:
    install(write(SECOND), config, "top")
    kept = target.parent / "history" / FIRST.sha256[:16] / "calibration.toml"
    done = install(kept, config, "top")
    assert (done.old_sha256, done.new_sha256) == (SECOND.sha256, FIRST.sha256)
    assert load_calibration(target) == FIRST


def test_fields_of_one_name_do_not_overwrite_each_other(
    config: Path, target: Path, with_fields: Callable[[bytes], Path]
) -> None:
    one, two = with_fields(b"one"), with_fields(b"two")
    for path in (one, two):
        install(path, config, "top")
        assert load_calibration(target) == load_calibration(path)
    # Each is whole in its own folder, and no longer needs the files that it came from.
    (one.parent / "fields.npz").unlink()
    assert len(history(target) - {FIRST.sha256}) == 2


def test_a_damaged_old_one_stands_in_nobodys_way_and_is_kept(
    config: Path, target: Path, write: Callable[..., Path]
) -> None:
    target.write_text("not TOML")
    assert install(write(SECOND), config, "top").old_sha256 == ""
    assert load_calibration(target) == SECOND
    assert target.with_name("calibration.toml.damaged").read_text() == "not TOML"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"width_px": 641}, "641 x 480 px"),
        ({"station": "side"}, "made for station side"),
        ({"homography": (0.05, 0, 0, 0, 0.05, 0, 0, -0.01, 1)}, "the horizon of its plane"),
        ({"content_sha256": "0" * 64}, "changed after it was made"),
        ({"fields": "gone.npz", "fields_sha256": "0" * 64}, "gone.npz: cannot be read"),
        ({"fields": "../gone.npz", "fields_sha256": "0" * 64}, "without a folder"),
    ],
)
def test_what_will_not_do_changes_nothing(
    config: Path, target: Path, write: Callable[..., Path], change: dict[str, object], said: str
) -> None:
    before = target.read_bytes()
    with pytest.raises(ConfigurationError, match=said):
        install(write(FIRST.model_copy(update=change)), config, "top")
    assert target.read_bytes() == before
    assert not (target.parent / "history").exists()


def test_damaged_fields_are_refused(config: Path, with_fields: Callable[[bytes], Path]) -> None:
    path = with_fields(b"one")
    (path.parent / "fields.npz").write_bytes(b"two")
    with pytest.raises(ConfigurationError, match="damaged or exchanged"):
        install(path, config, "top")


@pytest.mark.parametrize(
    ("station", "said"), [("left", "has only top, side"), ("side", "names no calibration")]
)
def test_a_station_that_cannot_have_one_is_named(
    config: Path, write: Callable[..., Path], station: str, said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        install(write(SECOND), config, station)


@pytest.mark.parametrize("allowed", [0, 1, 2])
def test_until_the_last_step_the_old_one_is_installed(
    config: Path,
    target: Path,
    write: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    allowed: int,
) -> None:
    """As a power cut or a full disk would leave it, whichever rename it comes at."""
    source, real, renamed = write(SECOND), Path.replace, 0

    def cut(path: Path, to: Path) -> Path:
        nonlocal renamed
        if renamed == allowed:
            raise OSError(28, os.strerror(28))
        renamed += 1
        return real(path, to)

    monkeypatch.setattr(Path, "replace", cut)
    with pytest.raises(ConfigurationError, match="No space left"):
        install(source, config, "top")
    assert load_calibration(target) == FIRST
