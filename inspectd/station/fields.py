"""Reads the dark and flat field that a calibration names."""

import hashlib
import io
from pathlib import Path

from inspectd.core.errors import CalibrationError, ConfigurationError, InspectdError
from inspectd.core.fields import Correction, Fields, parse_fields
from inspectd.core.messages import Configure
from inspectd.station.report import report


def load_fields(path: Path, sha256: str | None) -> Fields:
    """Read a fields file that must have this hash.

    CalibrationError where there is none, or another or a damaged one; ConfigurationError where it
    cannot be read.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        msg = f"{path}: no such file: bring it back, or run `inspectd calibrate fields`"
        raise CalibrationError(msg) from None
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror}"
        raise ConfigurationError(msg) from None
    if hashlib.sha256(data).hexdigest() != sha256:
        msg = (
            f"{path}: the file is not the one that the calibration was sealed with: bring the "
            "original back, or run `inspectd calibrate attach-fields`"
        )
        raise CalibrationError(msg)
    return parse_fields(io.BytesIO(data), str(path))


def correction_of(configure: Configure) -> Correction | None:
    """The correction that a station's calibration names; None, reported, where it cannot be read.

    Its views then get NO-VERDICT: a station that did not start would be silent.
    """
    calibration = configure.calibration
    if calibration is None or not calibration.fields:
        return None
    try:
        return load_fields(Path(configure.fields_path), calibration.fields_sha256).correction()
    except InspectdError as error:
        report("fields_unreadable", reason=str(error))
        return None
