"""A reference on disk: whole, sealed and unchanged, or one line that says what is wrong."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from support.taught import reference

from inspectd.core.errors import ConfigurationError
from inspectd.reference_file import read_reference, write_reference


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "top.npz"
    write_reference(file, reference())
    return file


def test_what_was_written_is_read(path: Path) -> None:
    read = read_reference(path)
    assert read.head == reference().head
    for name, array in reference().shots["main"].arrays().items():
        assert np.array_equal(read.shots["main"].arrays()[name], array)
    assert [file.name for file in path.parent.iterdir()] == ["top.npz"]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such file"):
        read_reference(tmp_path / "none.npz")
    with pytest.raises(ConfigurationError, match="not a file"):
        read_reference(tmp_path)


@pytest.mark.parametrize("junk", [b"", b"PK\x03\x04", b"not a reference at all"])
def test_a_file_that_is_none_is_one_line(tmp_path: Path, junk: bytes) -> None:
    file = tmp_path / "junk.npz"
    file.write_bytes(junk)
    with pytest.raises(ConfigurationError, match=r"junk\.npz") as error:
        read_reference(file)
    assert "\n" not in str(error.value)


def test_a_damaged_file_is_refused(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for at in range(len(data) // 2, len(data) // 2 + 64):
        data[at] ^= 0xFF
    path.write_bytes(bytes(data))
    with pytest.raises(ConfigurationError, match=r"damaged|changed|not a reference"):
        read_reference(path)


def test_arrays_of_another_kind_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "fields.npz"
    np.savez(file, dark=np.zeros(3))
    with pytest.raises(ConfigurationError, match="no head"):
        read_reference(file)


def test_pickled_objects_are_never_opened(path: Path) -> None:
    data = io.BytesIO()
    np.save(data, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("main/more.npy", data.getvalue())
    with pytest.raises(ConfigurationError, match="not a reference"):
        read_reference(path)


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be written"):
        write_reference(tmp_path / "none" / "top.npz", reference())
