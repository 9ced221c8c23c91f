"""load_fields: whole and the right one, or told."""

import hashlib
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from inspectd_calibration.fields import fields_bytes

from inspectd.core.errors import CalibrationError, ConfigurationError
from inspectd.core.fields import Fields
from inspectd.station.fields import load_fields


@pytest.fixture
def fields() -> Fields:
    rng = np.random.default_rng(1)
    dark, gain = rng.uniform(2, 5, (12, 16)), rng.uniform(0.8, 1.2, (12, 16))
    return Fields(dark.astype(np.float32), gain.astype(np.float32), 255)


def test_a_written_file_comes_back_bit_for_bit(fields: Fields, tmp_path: Path) -> None:
    data = fields_bytes(fields)
    (tmp_path / "f.npz").write_bytes(data)

    loaded = load_fields(tmp_path / "f.npz", hashlib.sha256(data).hexdigest())

    assert np.array_equal(loaded.gain, fields.gain)
    assert np.array_equal(loaded.dark_dn, fields.dark_dn)
    assert fields_bytes(loaded) == data


def test_a_file_with_another_hash_is_refused(fields: Fields, tmp_path: Path) -> None:
    (tmp_path / "f.npz").write_bytes(fields_bytes(fields))

    with pytest.raises(CalibrationError, match=r"f\.npz: .*bring the original back"):
        load_fields(tmp_path / "f.npz", "0" * 64)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(CalibrationError, match="no such file"):
        load_fields(tmp_path / "f.npz", "0" * 64)


def bad_gain(fields: Fields) -> bytes:
    return fields_bytes(replace(fields, gain=-fields.gain))


def not_finite(fields: Fields) -> bytes:
    return fields_bytes(replace(fields, dark_dn=fields.dark_dn * np.float32(np.nan)))


def too_large_a_gain(fields: Fields) -> bytes:
    return fields_bytes(replace(fields, gain=fields.gain * 8))


def of_no_bit_depth(fields: Fields) -> bytes:
    return fields_bytes(replace(fields, full_scale_dn=1_023))


def pickled(_: Fields) -> bytes:
    data = io.BytesIO()
    np.savez(data, dark_dn=np.array([{}], dtype=object), gain=np.ones((4, 4), np.float32))
    return data.getvalue()


@pytest.mark.parametrize(
    "damage",
    [
        lambda fields: fields_bytes(fields)[:-100],
        lambda fields: fields_bytes(fields)[:100],
        lambda _: b"",
        lambda _: b"no zip at all",
        pickled,
        bad_gain,
        not_finite,
        too_large_a_gain,
        of_no_bit_depth,
    ],
)
def test_a_damaged_file_is_refused_although_its_hash_fits(
    damage: Callable[[Fields], bytes], fields: Fields, tmp_path: Path
) -> None:
    data = damage(fields)
    (tmp_path / "f.npz").write_bytes(data)

    with pytest.raises(CalibrationError, match=r"f\.npz: .*make it again"):
        load_fields(tmp_path / "f.npz", hashlib.sha256(data).hexdigest())


def test_a_folder_is_told_as_one_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_fields(tmp_path, "0" * 64)
