"""What verifications have found so far: a small file beside the journal, replaced as a whole."""

import os
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

MOST_RECORDS = 300
_LARGEST_BYTES = 50_000_000


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FeatureRecord(_Model):
    """One feature in one verification; `within`: bias and spread kept their limits.

    `drift` and `drift_limit`: the moving average and how far it may go; None before there is a
    baseline. `problem`: what was wrong, empty where nothing was.
    """

    feature: str
    bias: float | None
    spread: float | None
    within: bool
    drift: float | None = None
    drift_limit: float | None = None
    problem: str = ""


class Conditions(_Model):
    """What a verification holds under. By station: calibration, settings and serial of its camera.

    A serial is not known before the camera has been open once; it is missing or empty then.
    """

    calibration_sha256: dict[str, str]
    recipe_sha256: str = ""
    camera_sha256: dict[str, str] = Field(default_factory=dict)
    camera_serial: dict[str, str] = Field(default_factory=dict)
    software_version: str = ""

    def changed(self, now: "Conditions") -> tuple[str, ...]:
        """What is not as it was, in words. A serial that is not known is none that has changed."""
        serials = now.camera_serial
        exchanged = any(
            known and serials.get(station) and serials[station] != known
            for station, known in self.camera_serial.items()
        )
        found = {
            "calibration": self.calibration_sha256 != now.calibration_sha256,
            "recipe": self.recipe_sha256 != now.recipe_sha256,
            "camera settings": self.camera_sha256 != now.camera_sha256,
            "camera": exchanged,
            "software": self.software_version != now.software_version,
        }
        return tuple(what for what, different in found.items() if different)


class Record(_Model):
    """One verification. `problem`: why it is not good beyond its features (interrupted).

    `conditions`: None in a record of an older software.
    """

    at: AwareDatetime
    good: bool
    gauge_sha256: str
    calibration_sha256: dict[str, str]
    conditions: Conditions | None = None
    features: tuple[FeatureRecord, ...] = ()
    problem: str = ""


class Trend(_Model):
    """The file. `pending_since`: a verification runs; `alarm`: one failed, not acknowledged."""

    schema_version: int = Field(1, ge=1, le=1)
    pending_since: str | None = None
    alarm: bool = False
    records: tuple[Record, ...] = ()


def read_trend(path: Path) -> tuple[Trend, str]:
    """The trend, and what is wrong with its file; a file that is wrong is put aside."""
    try:
        with path.open("rb") as file:
            # Cut off where no trend can be so long: it is no JSON then.
            return Trend.model_validate_json(file.read(_LARGEST_BYTES)), ""
    except FileNotFoundError:
        return Trend(), ""
    except (OSError, ValidationError) as error:
        aside = path.with_name(path.name + ".damaged")
        try:
            path.replace(aside)
        except OSError:
            aside = path
        why = error.strerror if isinstance(error, OSError) else "damaged"
        return Trend(), f"the record of verifications cannot be read ({why}; see {aside})"


def write_trend(path: Path, trend: Trend) -> None:
    """Replace the file as a whole: after a power cut the old one or the new one is there."""
    replace_file(path, trend.model_dump_json().encode())


def replace_file(path: Path, content: bytes) -> None:
    """Write beside, sync, rename over `path`, sync the folder (rename(2), fsync(2)). OSError."""
    beside = path.with_name(path.name + ".new")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make what was created or renamed in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
